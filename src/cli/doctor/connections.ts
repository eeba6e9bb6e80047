import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { EgressGuard, isProxied, traceRequest, type OutboundSettings, type Trace } from '#libs/outbound';
import { expandHome } from '../../config/index.js';
import { wordsFor } from '../../providers/index.js';
import { certificatesIn, chainFindings, nameOf, validityOf } from './certificates.js';
import { fail, ok, warn, type Check, type DoctorWorld, type Finding } from './finding.js';
import { throughServer } from './through-server.js';

const SKEW_MS_MAX = 60_000;
const NAMES_SHOWN = 3;

/** `env | grep -i proxy`: which proxies count, and what they are not used for. */
export const proxiesCheck: Check = {
  name: 'proxies',
  run: async ({ config: { settings } }) => {
    const { httpsProxy, httpProxy, noProxy, replicateBaseUrl } = settings;
    const proxy = httpsProxy === '' ? httpProxy : httpsProxy;
    if (proxy === '') return [ok('proxies', 'The environment names no proxy')];
    const seen = `${httpsProxy === '' ? 'HTTP_PROXY' : 'HTTPS_PROXY'} is ${new URL(proxy).origin}`;
    const host = new URL(replicateBaseUrl).host;
    return [
      isProxied(new URL(replicateBaseUrl), noProxy)
        ? ok('proxies', `${seen}${noProxy === '' ? '' : `, NO_PROXY is ${noProxy}`}`)
        : warn(
            'proxies',
            `${seen}, but NO_PROXY (${noProxy}) leads calls to ${host} past it`,
            'Take that host out of NO_PROXY, if only the proxy leads out.',
          ),
    ];
  },
};

/** What `openssl verify` would say of the CA bundle and of the server's own certificate. */
export const certificatesCheck: Check = {
  name: 'certificates',
  run: async (world) => {
    const { caBundle, sslCert, sslKey, publicUrl } = world.config.settings;
    const nowMs = world.clock.now();
    const findings: Finding[] = [];
    if (caBundle !== '') findings.push(...(await bundleFindings(expandHome(caBundle), nowMs)));
    if (sslCert !== '') {
      const check = 'server certificate';
      try {
        const [chain, key] = await Promise.all([sslCert, sslKey].map((path) => readFile(expandHome(path), 'utf8')));
        createPrivateKey(key ?? '');
        const host = publicUrl === '' ? '' : new URL(publicUrl).hostname;
        findings.push(...chainFindings(check, chain ?? '', key ?? '', host, nowMs));
      } catch (error) {
        findings.push(
          fail(
            check,
            `Cannot be used (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`,
            'Check SIMPLETUNER_SSL_CERT and SIMPLETUNER_SSL_KEY, and who may read them.',
          ),
        );
      }
    }
    return findings;
  },
};

async function bundleFindings(path: string, nowMs: number): Promise<Finding[]> {
  const check = 'CA bundle';
  let certificates: X509Certificate[];
  try {
    certificates = certificatesIn(await readFile(path, 'utf8'));
  } catch (error) {
    return [
      fail(
        check,
        `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'no PEM'})`,
        'Check SIMPLETUNER_CA_BUNDLE and who may read the file.',
      ),
    ];
  }
  if (certificates.length === 0)
    return [fail(check, `${path} holds no certificate`, 'Give the authorities as PEM (BEGIN CERTIFICATE).')];
  const authorities = certificates.filter(({ ca }) => ca);
  if (authorities.length === 0)
    return [
      fail(
        check,
        `${path} holds only the certificate of ${certificates.map(nameOf).join(', ')}, and no authority`,
        'Put the certificate of the authority that issued it there.',
      ),
    ];
  const notGood = authorities.map((one) => validityOf(check, one, nowMs)).filter(({ status }) => status !== 'ok');
  return notGood.length > 0
    ? notGood
    : [
        ok(
          check,
          `${path}: ${authorities.length} authorities, ${authorities.slice(0, NAMES_SHOWN).map(nameOf).join(', ')}`,
        ),
      ];
}

/** From this machine to the provider: DNS, TCP, proxy, TLS, HTTP. With the stored settings where the server runs. */
export const providerCheck: Check = {
  name: 'way to the provider',
  run: async (world) => {
    const names = await world.server.configuredProviders();
    if (names === undefined || names.length === 0) return [await traced(world)];
    const tried = names.map((name) =>
      throughServer(world.server, `way to ${name}`, `/api/cloud/providers/${name}/test-connection`),
    );
    return Promise.all(tried);
  },
};

async function traced(world: DoctorWorld): Promise<Finding> {
  const { replicateBaseUrl } = world.config.settings;
  const url = new URL(`${replicateBaseUrl.replace(/\/$/, '')}/account`);
  const trace = await traceFrom(world, url);
  if (typeof trace === 'string') return fail('way to the provider', trace, 'Check SIMPLETUNER_CA_BUNDLE.');
  const last = trace.steps.at(-1);
  const { sslVerify, httpsProxy, httpProxy } = world.config.settings;
  const hasProxy = httpsProxy !== '' || httpProxy !== '';
  const words = last && wordsFor(last, { destination: url.host, verifiesCertificates: sslVerify, hasProxy });
  return words?.hint === undefined
    ? ok('way to the provider', `${words?.detail ?? url.host}: ${trace.answer?.status ?? ''}`)
    : fail('way to the provider', words.detail, words.hint);
}

/** A request by the environment's proxy, authorities and time limit; a sentence where these cannot be used. */
export async function traceFrom({ config, clock }: DoctorWorld, url: URL): Promise<Trace | string> {
  const { caBundle, httpsProxy, httpProxy, noProxy, sslVerify, httpTimeoutMs } = config.settings;
  const certificates = caBundle === '' ? '' : await readFile(expandHome(caBundle), 'utf8').catch(() => undefined);
  if (certificates === undefined) return `The CA bundle ${caBundle} cannot be read`;
  const proxyUrl = httpsProxy === '' ? httpProxy : httpsProxy;
  const outbound: OutboundSettings = {
    proxyUrl,
    noProxy,
    certificates,
    verifiesCertificates: sslVerify,
    timeoutMs: httpTimeoutMs,
  };
  const request = { method: 'GET', url, headers: { accept: 'application/json' }, isRepeatable: true } as const;
  return traceRequest(request, outbound, { clock, guard: new EgressGuard([]), reach: 'any' });
}

/** Signatures of webhooks and uploads are refused when the clocks of both sides are minutes apart. */
export const clockCheck: Check = {
  name: 'clock',
  run: async ({ config, clock }) => {
    const { replicateBaseUrl, httpTimeoutMs } = config.settings;
    const host = new URL(replicateBaseUrl).host;
    const answer = await fetch(replicateBaseUrl, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(httpTimeoutMs),
    }).catch(() => undefined);
    const theirMs = Date.parse(answer?.headers.get('date') ?? '');
    if (Number.isNaN(theirMs)) return [ok('clock', `Not compared: ${host} did not tell the time directly`)];
    const skewSeconds = Math.round((clock.now() - theirMs) / 1_000);
    return [
      Math.abs(skewSeconds) * 1_000 > SKEW_MS_MAX
        ? fail(
            'clock',
            `This machine is ${Math.abs(skewSeconds)} s ${skewSeconds > 0 ? 'ahead of' : 'behind'} ${host}`,
            'Synchronise it (chrony, systemd-timesyncd): signatures older than five minutes are refused.',
          )
        : ok('clock', `Agrees with ${host} within ${Math.abs(skewSeconds)} s`),
    ];
  },
};
