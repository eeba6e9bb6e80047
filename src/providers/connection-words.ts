import type { ShownCertificate, TraceStep } from '#libs/outbound';

/** One step of reaching a provider, in words for an operator. */
export interface WordedStep {
  readonly detail: string;
  /** What to do about it; absent for a step that went well. */
  readonly hint?: string;
}

/** What the words depend on, beside the step itself. */
export interface StepContext {
  readonly destination: string;
  readonly verifiesCertificates: boolean;
  readonly hasProxy: boolean;
}

type Failed = TraceStep & { readonly failure: string };

export function wordsFor(step: TraceStep, context: StepContext): WordedStep {
  if (step.failure === undefined) return { detail: doneWords(step, context) };
  return failureWords({ ...step, failure: step.failure }, context);
}

function doneWords({ name, server, isProxy, address }: TraceStep, context: StepContext): string {
  const what = `${isProxy ? 'the proxy ' : ''}${server}`;
  switch (name) {
    case 'dns':
      return `${capitalized(what)} has the address ${address ?? 'unknown'}`;
    case 'tcp':
      return `Connected to ${what}${address === undefined ? '' : ` at ${address}`}`;
    case 'proxy_connect':
      return `The proxy opened a tunnel to ${context.destination}`;
    case 'tls':
      return context.verifiesCertificates
        ? `The certificate of ${what} is trusted`
        : `Encrypted, but the certificate of ${what} was not looked at: ssl_verify is off`;
    case 'http':
      return `${server} answered`;
  }
}

function failureWords(step: Failed, context: StepContext): WordedStep {
  const { failure, server, isProxy } = step;
  const who = isProxy ? 'the proxy' : 'the provider';
  if (failure === 'EGRESS_REFUSED')
    return {
      detail: `${server} leads to an address where this server does not go`,
      hint: 'Use an address outside link-local and metadata ranges; inner hosts must be named in SIMPLETUNER_EGRESS_ALLOW.',
    };
  switch (step.name) {
    case 'dns':
      return failure === 'CONNECT_TIMEOUT' || failure === 'EAI_AGAIN'
        ? {
            detail: `No name server answered for ${server}`,
            hint: `Check that this machine can reach its name server.`,
          }
        : {
            detail: `No name server knows ${server} (${failure})`,
            hint: isProxy
              ? 'Check the host name in proxy_url.'
              : 'Check the DNS of this machine; where only a proxy leads out, set proxy_url, and the proxy looks the name up.',
          };
    case 'tcp':
      return tcpWords(step, who, context);
    case 'proxy_connect':
      return proxyWords(step, context);
    case 'tls':
      return tlsWords(step, context);
    case 'http':
      return httpWords(step, context);
  }
}

function tcpWords({ failure, server, isProxy }: Failed, who: string, { hasProxy }: StepContext): WordedStep {
  const detail =
    failure === 'ECONNREFUSED'
      ? `Nothing listens at ${server} (connection refused)`
      : failure === 'CONNECT_TIMEOUT' || failure === 'ETIMEDOUT'
        ? `No answer from ${server}: the packets are dropped on the way`
        : `${server} cannot be reached (${failure})`;
  if (isProxy) return { detail, hint: 'Check host and port in proxy_url, and that the proxy runs.' };
  const way = hasProxy
    ? 'NO_PROXY sends this call past the proxy: check it, or the firewall.'
    : 'Allow outgoing HTTPS in the firewall, or set proxy_url where only a proxy leads out.';
  return { detail, hint: `This is the way to ${who}. ${way}` };
}

function proxyWords({ failure }: Failed, { destination }: StepContext): WordedStep {
  const status = /^PROXY_(\d+)$/.exec(failure)?.[1];
  if (status === '407')
    return {
      detail: 'The proxy wants other credentials (407)',
      hint: 'Put user and password into proxy_url: http://user:password@proxy:8080 (special characters percent-encoded).',
    };
  if (status === '403')
    return {
      detail: `The proxy forbids ${destination} (403)`,
      hint: `Ask for ${destination} to be allowed in the proxy.`,
    };
  if (status !== undefined)
    return {
      detail: `The proxy could not reach ${destination} (${status})`,
      hint: 'Check the proxy’s own way out and its name server.',
    };
  return {
    detail: `The proxy closed the connection instead of opening a tunnel (${failure})`,
    hint: 'Check that proxy_url is an HTTP proxy that allows CONNECT, and whether it is reached by http:// or https://.',
  };
}

const UNKNOWN_ISSUER =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/;

function tlsWords({ failure, server, isProxy, certificate }: Failed, { hasProxy }: StepContext): WordedStep {
  if (failure === 'CERT_HAS_EXPIRED' || failure === 'CERT_NOT_YET_VALID')
    return {
      detail: `The certificate of ${server} is not valid now${validity(certificate)}`,
      hint: 'Check the clock of this machine; if it is right, the certificate has to be renewed there.',
    };
  if (failure === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return {
      detail: `The certificate is for another host than ${server}${names(certificate)}`,
      hint: 'Something else answers at this address: check DNS, the base URL and what stands in between.',
    };
  if (UNKNOWN_ISSUER.test(failure)) {
    const inspection = hasProxy && !isProxy ? ' A proxy that inspects TLS shows its own certificates.' : '';
    return {
      detail: `The certificate of ${server} comes from an unknown authority${issuer(certificate)}`,
      hint: `Put the certificate of that authority into a PEM file and name it in ssl_ca_bundle.${inspection}`,
    };
  }
  return {
    detail: `TLS with ${server} failed (${failure})`,
    hint: isProxy
      ? 'Check whether the proxy is reached by http:// or https://.'
      : 'Something in between may break TLS; check the port and what stands in between.',
  };
}

function httpWords({ failure, server }: Failed, _context: StepContext): WordedStep {
  if (failure === 'PROXY_407')
    return proxyWords({ name: 'http', failure, server, isProxy: true, durationMs: 0 }, _context);
  return failure.endsWith('_TIMEOUT')
    ? {
        detail: `${server} did not answer in time`,
        hint: 'Raise http_timeout if the way is slow; else look at the provider’s status page.',
      }
    : {
        detail: `${server} broke the connection off (${failure})`,
        hint: 'Try again; if it stays, something in between ends connections.',
      };
}

function issuer(certificate: ShownCertificate | undefined): string {
  return certificate ? `: “${certificate.issuer}”` : '';
}

function names(certificate: ShownCertificate | undefined): string {
  return certificate ? `: ${certificate.names || certificate.subject}` : '';
}

function validity(certificate: ShownCertificate | undefined): string {
  return certificate ? ` (until ${certificate.validTo})` : '';
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
