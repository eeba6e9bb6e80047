import { Injectable } from '@nestjs/common';
import { decodeUriPart, encodeUri, type S3Request, type SignedTarget } from '#libs/s3';
import { Config } from '../../config/index.js';
import type { RequestContext } from '../../http/index.js';
import { ProviderSettingsService } from '../../providers/index.js';

export const STORAGE_PREFIX = '/api/cloud/storage';

/** Under which hosts and paths a client may have signed: proxies change both on the way. */
@Injectable()
export class SignedTargets {
  constructor(
    private readonly config: Config,
    private readonly settings: ProviderSettingsService,
  ) {}

  /** The likeliest first; the others are made up only for whoever asks for them. */
  async of(
    { rawPath, headers }: S3Request,
    context: RequestContext,
    provider: string,
  ): Promise<Iterable<SignedTarget>> {
    const received = hostsOf(headers.single('host'), headers.joined('x-forwarded-host'), context);
    const bases = await this.publicBases(provider);
    return { [Symbol.iterator]: () => targetsOf(rawPath, received, bases) };
  }

  /** The address given to whoever is somewhere else, if there is one (precedence as contract §1). */
  async publicBase(provider: string): Promise<string | undefined> {
    return (await this.publicBases(provider))[0];
  }

  private async publicBases(provider: string): Promise<string[]> {
    const { s3_public_url: own, webhook_url: webhook } = await this.settings.get(provider);
    const webhookOrigin = webhook === '' ? '' : new URL(webhook).origin;
    return [own, webhookOrigin, this.config.settings.publicUrl].filter((base) => base !== '');
  }
}

function* targetsOf(rawPath: string, hosts: readonly string[], bases: readonly string[]): Generator<SignedTarget> {
  const targets = hosts.map((host) => ({ rawPath, host }));
  yield* targets;
  for (const base of bases) {
    const { host, pathname } = new URL(base);
    targets.push({ rawPath: `${pathname.replace(/\/$/, '')}${rawPath}`, host });
  }
  yield* targets.slice(hosts.length);
  const inHost = targets.map(withPrefixInHost);
  yield* inHost;
  for (const target of [...targets, ...inHost]) {
    const spelled = respelled(target);
    if (spelled.rawPath !== target.rawPath) yield spelled;
  }
}

function hostsOf(host: string | undefined, forwarded: string | undefined, context: RequestContext): string[] {
  const hosts = host === undefined ? [] : [host];
  const isProxyTrusted = context.client.hops[0]?.isTrusted === true;
  const first = forwarded?.split(',')[0]?.trim();
  return isProxyTrusted && first ? [...hosts, first] : hosts;
}

/** s3cmd takes `host/prefix` for the host and signs the path without the prefix. */
function withPrefixInHost({ rawPath, host }: SignedTarget): SignedTarget {
  const mark = rawPath.indexOf(STORAGE_PREFIX) + STORAGE_PREFIX.length;
  return { rawPath: rawPath.slice(mark) || '/', host: `${host}${rawPath.slice(0, mark)}` };
}

/** Proxies that take a path apart spell it anew; signers spell it as AWS's UriEncode does. The key is the same. */
function respelled({ rawPath, host }: SignedTarget): SignedTarget {
  return { rawPath: encodeUri(decodeUriPart(rawPath), true), host };
}
