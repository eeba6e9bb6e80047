import type { Clock } from '../../libs/clock/index.js';
import { ServiceDouble, type DoubleAnswer, type DoubleRequest } from './secrets-double.js';

interface Token {
  expiresAtMs: number;
  readonly leaseSeconds: number;
  readonly renewable: boolean;
  /** Never renewed beyond this time. */
  readonly endsAtMs: number;
}

/** Vault as its clients meet it: tokens with leases, AppRole, Kubernetes, one key-value mount of version 1 or 2, namespaces, the seal. */
export class VaultDouble extends ServiceDouble {
  readonly secrets = new Map<string, Record<string, unknown>>();
  readonly tokens = new Map<string, Token>();
  /** Logins that are accepted; every accepted one gives a new token. */
  readonly appRoles = new Map<string, string>();
  readonly kubernetesRoles = new Map<string, string>();
  /** What a login gives. */
  lease = { leaseSeconds: 3_600, renewable: true, lifetimeSeconds: 86_400 };
  mountVersion: 1 | 2 = 2;
  isSealed = false;
  /** The policy of all tokens covers the path of the secret and nothing else. */
  hasNarrowPolicy = false;
  namespace = '';
  private given = 0;

  private constructor(private readonly clock: Clock) {
    super();
  }

  static start(clock: Clock): Promise<VaultDouble> {
    return new VaultDouble(clock).listen();
  }

  /** A token that is good from now on. */
  grant(token: string, lease = { leaseSeconds: 0, renewable: false, lifetimeSeconds: Infinity }): string {
    const nowMs = this.clock.monotonicMs();
    const { leaseSeconds, renewable, lifetimeSeconds } = lease;
    this.tokens.set(token, {
      leaseSeconds,
      renewable,
      expiresAtMs: leaseSeconds === 0 ? Infinity : nowMs + leaseSeconds * 1_000,
      endsAtMs: nowMs + lifetimeSeconds * 1_000,
    });
    return token;
  }

  /** How often a path was asked for. */
  count(path: string): number {
    return this.requests.filter((request) => request.path === `/v1/${path}`).length;
  }

  override answer({ method, path, headers, body }: DoubleRequest): DoubleAnswer {
    if (this.isSealed) return errors(503, 'Vault is sealed');
    const route = path.replace(/^\/v1\//, '');
    if ((headers['x-vault-namespace'] ?? '') !== this.namespace) return errors(403, 'permission denied');
    if (method === 'POST' && route.startsWith('auth/') && route.endsWith('/login'))
      return this.logIn(route, JSON.parse(body) as Record<string, string>);
    const token = headers['x-vault-token'];
    const held = this.tokens.get(typeof token === 'string' ? token : '');
    if (typeof token !== 'string' || !held || held.expiresAtMs <= this.clock.monotonicMs())
      return errors(403, 'permission denied');
    if (method === 'POST' && route === 'auth/token/renew-self') return this.renew(token, held);
    return method === 'GET' ? this.read(route, held) : errors(405, 'unsupported operation');
  }

  private logIn(route: string, login: Record<string, string>): DoubleAnswer {
    const isKnown =
      route === 'auth/approle/login'
        ? login['role_id'] !== undefined && this.appRoles.get(login['role_id']) === login['secret_id']
        : route === 'auth/kubernetes/login' &&
          login['role'] !== undefined &&
          this.kubernetesRoles.get(login['role']) === login['jwt'];
    if (!isKnown) return errors(400, 'invalid role or secret ID');
    this.given += 1;
    const token = this.grant(`hvs.given-by-the-double-${this.given}`, this.lease);
    return this.authOf(token, this.lease.leaseSeconds, this.lease.renewable);
  }

  private renew(token: string, held: Token): DoubleAnswer {
    if (!held.renewable) return errors(400, 'lease is not renewable');
    const nowMs = this.clock.monotonicMs();
    held.expiresAtMs = Math.min(nowMs + held.leaseSeconds * 1_000, held.endsAtMs);
    return this.authOf(token, Math.floor((held.expiresAtMs - nowMs) / 1_000), true);
  }

  private authOf(token: string, leaseSeconds: number, renewable: boolean): DoubleAnswer {
    const auth = { client_token: token, lease_duration: leaseSeconds, renewable, policies: ['default'] };
    return { status: 200, body: { request_id: 'double', data: null, auth } };
  }

  private read(route: string, held: Token): DoubleAnswer {
    if (route === 'auth/token/lookup-self') {
      const leftMs = held.expiresAtMs - this.clock.monotonicMs();
      const ttl = held.leaseSeconds === 0 ? 0 : Math.floor(leftMs / 1_000);
      return this.hasNarrowPolicy ? errors(403, 'permission denied') : data({ ttl, renewable: held.renewable });
    }
    if (route.startsWith('sys/internal/ui/mounts/secret')) {
      const options = this.mountVersion === 2 ? { version: '2' } : null;
      if (this.hasNarrowPolicy) return errors(403, 'preflight capability check returned 403');
      return data({ type: 'kv', path: 'secret/', description: '', options });
    }
    const [, prefix, path] = /^secret\/(data\/)?(.+)$/.exec(route) ?? [];
    if (path === undefined) return errors(404, 'no handler for route');
    const isOther = (prefix === undefined) !== (this.mountVersion === 1);
    // The policy is written for the paths of the mount's own version.
    if (isOther) return this.hasNarrowPolicy ? errors(403, 'permission denied') : errors(404);
    const secret = this.secrets.get(path);
    if (!secret) return errors(404);
    return this.mountVersion === 1 ? data(secret) : data({ data: secret, metadata: { version: 1, destroyed: false } });
  }
}

function data(content: object): DoubleAnswer {
  return { status: 200, body: { request_id: 'double', lease_id: '', renewable: false, data: content } };
}

function errors(status: number, ...messages: string[]): DoubleAnswer {
  return { status, body: { errors: messages } };
}
