/** Headers as Node gives them: lower-case names, a list where a header came several times. */
export type HeaderMap = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Everything that tells of a proxy, tunnel or CDN between the caller and this socket. */
const forwardingHeaders = new Set([
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-forwarded-for',
  'x-original-host',
  'x-envoy-external-address',
  'x-envoy-internal',
  'true-client-ip',
  'fastly-client-ip',
  'cdn-loop',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'cf-ray',
  'cf-visitor',
  'fly-client-ip',
]);

/** The header's value, several ones joined as RFC 9110 §5.3 says; undefined when it is absent or blank. */
export function headerText(headers: HeaderMap, name: string): string | undefined {
  const value = headers[name];
  const text = typeof value === 'string' ? value : value?.join(', ');
  return text === undefined || text.trim() === '' ? undefined : text;
}

/** Whether anything says that the request was passed on by somebody else; an empty header says so too. */
export function hasForwardingHeader(headers: HeaderMap): boolean {
  return Object.entries(headers).some(([name, value]) => {
    if (value === undefined) return false;
    const lower = name.toLowerCase();
    return lower.startsWith('x-forwarded') || forwardingHeaders.has(lower);
  });
}
