import type { Trace, TraceStep } from '#libs/outbound';

/** The hops of a webhook, in their order. */
export const testStepNames = [
  'public_url', 'secret', 'dns', 'tcp', 'proxy_connect', 'tls', 'http', 'server', 'path', 'allow_list', 'signature', 'inbox',
  'processing',
] as const; // prettier-ignore

export interface TestStep {
  readonly name: (typeof testStepNames)[number];
  readonly isOk: boolean;
  /** What was seen. */
  readonly detail: string;
  readonly durationMs: number;
  /** What to do, where it failed. */
  readonly hint?: string;
}

type Answer = NonNullable<Trace['answer']>;

const SAID_LENGTH_MAX = 160;

function good(name: TestStep['name'], detail: string, durationMs = 0): TestStep {
  return { name, isOk: true, detail, durationMs };
}

function bad(name: TestStep['name'], detail: string, hint: string, durationMs = 0): TestStep {
  return { name, isOk: false, detail, hint, durationMs };
}

/** Each hop in words for an operator. */
export const stepWords = {
  noPublicUrl: () =>
    bad(
      'public_url',
      'The server has no public URL, so jobs are told no address to report to',
      'Set SIMPLETUNER_PUBLIC_URL, or webhook_url of this provider, to the https address under which your tunnel or ingress is reached.',
    ),
  publicUrl: (address: string) => good('public_url', `Jobs are told to report to ${withoutQuery(address)}`),
  noSecret: (provider: string) =>
    bad(
      'secret',
      'No secret is known with which webhooks are signed, so every one of them is refused',
      `Set the API token of ${provider}, from which its secret is fetched, or CLOUD_WEBHOOK_SECRET.`,
    ),
  elsewhere: () =>
    bad(
      'inbox',
      'A SimpleTuner server took the webhook, but it is not in the inbox of this one',
      'The public URL leads to another server: point the tunnel or ingress at this one, or share its database.',
    ),
  inInbox: (address: string) => good('inbox', `Stored in the inbox; it came from ${address}`),
  notProcessed: (durationMs: number) =>
    bad(
      'processing',
      'It is stored, but has not been processed',
      'Look at the component `webhooks` of /api/cloud/health and at the log: the inbox does not keep up.',
      durationMs,
    ),
  processed: (durationMs: number) => good('processing', 'Processed; no job was moved', durationMs),
  onTheWay,
};

function onTheWay({ name, server, isProxy, address, failure, certificate, durationMs }: TraceStep): TestStep {
  const who = isProxy ? `the proxy ${server}` : server;
  if (failure === undefined) return good(name, doneWords[name](who, address ?? 'an unknown address'), durationMs);
  if (failure === 'EGRESS_REFUSED')
    return bad(
      name,
      `${server} leads to an address inside this network, where URLs set through the API may not lead`,
      'Set the address by SIMPLETUNER_PUBLIC_URL, or name its host in SIMPLETUNER_EGRESS_ALLOW.',
      durationMs,
    );
  const shown = certificate ? ` (issued by ${certificate.issuer}, valid until ${certificate.validTo})` : '';
  return bad(name, `${failedWords[name](who)}: ${failure}${shown}`, hints[name], durationMs);
}

const doneWords: Record<TraceStep['name'], (who: string, address: string) => string> = {
  dns: (who, address) => `${who} has the address ${address}`,
  tcp: (who, address) => `Connected to ${who} at ${address}`,
  proxy_connect: (who) => `${who} opened a tunnel`,
  tls: (who) => `The certificate of ${who} is trusted`,
  http: (who) => `${who} answered`,
};

const failedWords: Record<TraceStep['name'], (who: string) => string> = {
  dns: (who) => `No address was found for ${who}`,
  tcp: (who) => `${who} cannot be reached`,
  proxy_connect: (who) => `${who} opened no tunnel`,
  tls: (who) => `The certificate of ${who} is not accepted`,
  http: (who) => `${who} gave no answer`,
};

const hints: Record<TraceStep['name'], string> = {
  dns: 'Check the host name of the public URL. Free tunnels change theirs at every start: set the new one.',
  tcp: 'Check that the tunnel or ingress runs (`cloudflared tunnel run`, `ngrok http`) and that the firewall lets its port in.',
  proxy_connect: 'Check proxy_url: the proxy must allow CONNECT to the public URL, or list its host in NO_PROXY.',
  tls: 'Providers refuse such a certificate, too. Renew it, send the whole chain (fullchain.pem) and use the name it was issued for.',
  http: 'Something on the way breaks the connection off: check the tunnel and its log.',
};

/** Who answered, and what: the last of the hops that can be seen from outside. */
export function judgeAnswer(answer: Answer, url: URL): TestStep & { readonly deliveryId: string } {
  const body = objectIn(answer.text);
  const said = { deliveryId: '' };
  if (answer.status === 200 && typeof body['delivery_id'] === 'string')
    return { ...good('server', `A SimpleTuner server took the webhook (200)`), deliveryId: body['delivery_id'] };
  const isOurs = typeof body['error'] === 'string' && typeof body['request_id'] === 'string';
  if (!isOurs) return { ...strangersAnswer(answer, url), ...said };
  return { ...refusal(String(body['error']), answer.status, body, url), ...said };
}

function refusal(code: string, status: number, body: Record<string, unknown>, url: URL): TestStep {
  const detail = `${String(body['detail'])} (${status} ${code})`;
  switch (code) {
    case 'ip_not_allowed': {
      const { address = 'an unknown address' } = (body['details'] ?? {}) as { address?: string };
      return bad(
        'allow_list',
        `The webhook was genuine, but came from ${address}, which webhook_allowed_ips does not list`,
        `If ${address} is your tunnel or proxy, every webhook seems to come from there: list it in SIMPLETUNER_TRUSTED_PROXIES. If it is this server's own way out, the list works as intended; webhook_allowlist_mode=report_only lets the test pass.`,
      );
    }
    case 'authentication_error':
      return bad(
        'signature',
        detail,
        'Something on the way changes the body or the webhook-* headers, the clock of this machine is wrong, or another server with another secret answers.',
      );
    case 'not_found':
      return bad(
        'path',
        `A SimpleTuner server answered, but has nothing at ${url.pathname}`,
        'The path of the public URL and what the proxy strips do not fit together: either the URL has no prefix, or the proxy removes it.',
      );
    case 'rate_limit_exceeded':
      return bad('signature', detail, 'Wait a minute: too many webhooks came from this address without proof.');
    default:
      return bad('inbox', detail, 'Look at /api/cloud/health and at the log of the server.');
  }
}

function strangersAnswer({ status, text }: Answer, url: URL): TestStep {
  const said = text
    .replaceAll(/<[^>]*>|\s+/g, ' ')
    .trim()
    .slice(0, SAID_LENGTH_MAX);
  const detail = `Something else answered at ${url.host}: ${status}${said === '' ? '' : ` “${said}”`}`;
  if (status >= 300 && status < 400)
    return bad(
      'server',
      detail,
      'A redirect: providers do not follow it. Use the address that it leads to as public URL.',
    );
  if (status === 502 || status === 503 || status === 504 || status >= 520)
    return bad(
      'server',
      detail,
      'The tunnel or proxy is there, but does not reach the server: point it at the public listener (http://localhost:8001).',
    );
  if (status === 404)
    return bad(
      'path',
      detail,
      'The tunnel or proxy does not know this path or host: add a rule that leads /api/webhooks to the public listener.',
    );
  if (status === 401 || status === 403)
    return bad(
      'server',
      detail,
      'A login or firewall stands before the server: let /api/webhooks through without one.',
    );
  return bad('server', detail, 'Another program answers there: check where the tunnel or ingress leads.');
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function withoutQuery(address: string): string {
  const url = new URL(address);
  return `${url.origin}${url.pathname}`;
}
