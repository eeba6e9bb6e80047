import { createPrivateKey, X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { fail, ok, warn, type Finding } from './finding.js';

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const DAY_MS = 86_400_000;
/** certbot renews a month before the end; what is closer to it was not renewed. */
const EXPIRES_SOON_MS = 14 * DAY_MS;

/** The certificates of a PEM text. @throws Error for a block that is none. */
export function certificatesIn(pem: string): X509Certificate[] {
  return (pem.match(PEM) ?? []).map((block) => new X509Certificate(block));
}

/** Whether the certificate is valid now, and for how long still. */
export function validityOf(check: string, certificate: X509Certificate, nowMs: number): Finding {
  const name = nameOf(certificate);
  const leftMs = Date.parse(certificate.validTo) - nowMs;
  if (leftMs < 0)
    return fail(
      check,
      `The certificate of ${name} has expired on ${certificate.validTo}`,
      'Renew it (`certbot renew`).',
    );
  if (Date.parse(certificate.validFrom) > nowMs)
    return fail(
      check,
      `The certificate of ${name} is valid from ${certificate.validFrom} on`,
      'Check the clock of this machine.',
    );
  const days = Math.floor(leftMs / DAY_MS);
  return leftMs < EXPIRES_SOON_MS
    ? warn(
        check,
        `The certificate of ${name} expires in ${days} days`,
        'Renew it, and see why that did not happen by itself.',
      )
    : ok(check, `The certificate of ${name} is valid for ${days} days`);
}

/** A server's chain and key: what a TLS client, or `openssl verify`, would object to. */
export function chainFindings(check: string, chain: string, key: string, host: string, nowMs: number): Finding[] {
  const [leaf, ...others] = certificatesIn(chain);
  if (!leaf) return [fail(check, 'The file holds no certificate', 'Give it as PEM: fullchain.pem of certbot.')];
  const findings = [validityOf(check, leaf, nowMs)];
  if (!leaf.checkPrivateKey(createPrivateKey(key)))
    findings.push(
      fail(
        check,
        'The private key belongs to another certificate',
        'Set SIMPLETUNER_SSL_KEY to the key that was made with it.',
      ),
    );
  if (host !== '' && leaf.checkHost(host) === undefined && leaf.checkIP(host) === undefined)
    findings.push(
      fail(
        check,
        `It is for ${leaf.subjectAltName ?? nameOf(leaf)}, not for ${host} of the public URL`,
        'Get a certificate for that name, or correct SIMPLETUNER_PUBLIC_URL.',
      ),
    );
  return [...findings, ...gapIn(check, leaf, others)];
}

/** Clients know roots alone: everything between them and the server's own certificate has to be sent. */
function gapIn(check: string, leaf: X509Certificate, others: readonly X509Certificate[]): Finding[] {
  const isKnownRoot = (one: X509Certificate): boolean =>
    rootCertificates.some((pem) => new X509Certificate(pem).subject === one.issuer);
  let last = leaf;
  for (let next: X509Certificate | undefined = leaf; next;) {
    last = next;
    const current: X509Certificate = next;
    if (current.checkIssued(current)) break;
    next = others.find((other) => other !== current && current.checkIssued(other));
  }
  if (isKnownRoot(last)) return [];
  if (!last.checkIssued(last))
    return [
      fail(
        check,
        `The chain ends at a certificate of ${issuerOf(last)}, which is not in the file`,
        'Use the whole chain (fullchain.pem): the intermediate certificates are missing.',
      ),
    ];
  return [
    warn(
      check,
      `The chain ends at ${nameOf(last)}, which is no public authority`,
      'Cloud providers do not know it: use a public one (Let’s Encrypt), or a tunnel.',
    ),
  ];
}

export function nameOf({ subject }: X509Certificate): string {
  return shortName(subject);
}

function issuerOf({ issuer }: X509Certificate): string {
  return shortName(issuer);
}

function shortName(name: string): string {
  return /(?:^|\n)CN=([^\n]+)/.exec(name)?.[1] ?? name.replaceAll('\n', ', ');
}
