import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../libs/clock/index.js';
import type { SecretChain } from '../../libs/secrets/index.js';
import { loadConfig } from '../../src/config/index.js';
import { createSecretChain } from '../../src/secrets/create-secret-chain.js';
import { secretsFinding } from '../../src/secrets/secrets.health.js';
import { VaultDouble } from '../support/vault-double.js';

const MINUTE_MS = 60_000;
const token = 'REPLICATE_API_TOKEN';
const folder = mkdtempSync(join(tmpdir(), 'secrets-vault-'));
let double: VaultDouble;
let clock: ManualClock;
let chain: SecretChain;

beforeEach(async () => {
  clock = new ManualClock();
  double = await VaultDouble.start(clock);
  double.secrets.set('simpletuner', { [token]: 'r8_first', pin: 1234, nested: { no: 'value' } });
  double.grant('hvs.of-the-operator');
  chain = connect();
});
afterEach(async () => {
  chain.close();
  await double.goAway();
  rmSync(folder, { recursive: true, force: true });
});

function connect(environment: Record<string, string> = { VAULT_TOKEN: 'hvs.of-the-operator' }): SecretChain {
  const own = { SIMPLETUNER_HOME: '/nonexistent', VAULT_ADDR: double.url };
  return createSecretChain(loadConfig({ ...own, ...environment }), clock);
}

async function pass(durationMs: number): Promise<void> {
  const stepMs = 5_000;
  for (let passedMs = 0; passedMs < durationMs; passedMs += stepMs) {
    clock.advance(stepMs);
    await chain.keepFresh();
  }
}

describe.each([1, 2] as const)('secrets from a key-value mount of version %i', (version) => {
  beforeEach(() => {
    double.mountVersion = version;
  });

  it('are read as the mount says', async () => {
    expect(await chain.get(token)).toBe('r8_first');
    expect(await chain.get('pin')).toBe('1234');
    expect(await chain.get('nested')).toBeUndefined();
    const path = version === 1 ? 'secret/simpletuner' : 'secret/data/simpletuner';
    expect([double.count(path), double.requests.at(-1)?.path]).toEqual([1, `/v1/${path}`]);
  });

  it('are found when the policy allows their path alone', async () => {
    double.hasNarrowPolicy = true;
    expect(await chain.get(token)).toBe('r8_first');
  });

  it('may lie at another path and in a namespace', async () => {
    double.namespace = 'teams/ml';
    double.secrets.set('apps/tuner', { [token]: 'r8_elsewhere' });
    const more = { SIMPLETUNER_VAULT_PATH: 'apps/tuner', VAULT_NAMESPACE: 'teams/ml' };
    expect(await connect({ VAULT_TOKEN: 'hvs.of-the-operator', ...more }).get(token)).toBe('r8_elsewhere');
    expect(await chain.get(token), 'without the namespace').toBeUndefined();
  });

  it('are gone when Vault says that they are', async () => {
    await chain.get(token);
    double.secrets.clear();
    clock.advance(6 * MINUTE_MS);
    expect(await chain.get(token)).toBeUndefined();
    expect(secretsFinding(chain)).toEqual({
      status: 'degraded',
      message: 'Vault holds no secret at secret/simpletuner',
    });
  });
});

describe('a Vault that fails', () => {
  it('is named while it is sealed, and its last good values count', async () => {
    await chain.get(token);
    double.isSealed = true;
    double.secrets.set('simpletuner', { [token]: 'r8_second' });
    await pass(10 * MINUTE_MS);
    expect(await chain.get(token)).toBe('r8_first');
    expect(secretsFinding(chain)).toMatchObject({
      status: 'degraded',
      message: expect.stringMatching(/^Vault is sealed or in maintenance \(503\), for \d+ s; its last good/) as string,
    });
    double.isSealed = false;
    await pass(30_000);
    expect(await chain.get(token)).toBe('r8_second');
  });

  it('is named when it refuses the token or there is no way to log in, and asked again', async () => {
    const refused = connect({ VAULT_TOKEN: 'hvs.wrong' });
    expect(await refused.get(token)).toBeUndefined();
    expect(secretsFinding(refused).message).toContain('Vault refused the token: permission denied (403)');
    double.grant('hvs.wrong');
    clock.advance(1_000);
    expect(await refused.get(token)).toBe('r8_first');
    const helpless = connect({});
    expect(await helpless.get(token)).toBeUndefined();
    expect(secretsFinding(helpless).message).toContain('Vault has no way to log in: set VAULT_TOKEN');
  });

  it('is waited for no longer than the limit', async () => {
    double.stall();
    const answer = chain.get(token);
    await expect.poll(() => double.requests.length).toBe(1);
    clock.advance(5_000);
    expect(await answer).toBeUndefined();
    double.hurry();
    clock.advance(1_000);
    expect(await chain.get(token)).toBe('r8_first');
  });

  it('may be away for ten minutes', async () => {
    await chain.get(token);
    await double.goAway();
    await pass(10 * MINUTE_MS);
    expect(await chain.get(token)).toBe('r8_first');
    expect(secretsFinding(chain).message).toContain('Vault cannot be reached (ECONNREFUSED)');
    await double.listen();
    double.secrets.set('simpletuner', { [token]: 'r8_second' });
    await pass(30_000);
    expect(await chain.get(token)).toBe('r8_second');
  });
});

describe('logging in to Vault', () => {
  it('works by AppRole, and again when Vault has forgotten the token', async () => {
    double.appRoles.set('the-role', 'the-secret-id');
    chain = connect({ VAULT_ROLE_ID: 'the-role', VAULT_SECRET_ID: 'the-secret-id' });
    expect(await chain.get(token)).toBe('r8_first');
    double.tokens.clear();
    double.secrets.set('simpletuner', { [token]: 'r8_second' });
    clock.advance(10_000);
    expect(await chain.refresh(token)).toBe('r8_second');
    expect(double.count('auth/approle/login')).toBe(2);
    const refused = connect({ VAULT_ROLE_ID: 'the-role', VAULT_SECRET_ID: 'wrong' });
    expect(await refused.get(token)).toBeUndefined();
    expect(secretsFinding(refused).message).toContain('Vault refused the login (400)');
  });

  it('works with the service account of a pod', async () => {
    const account = join(mkdtempSync(join(tmpdir(), 'secrets-account-')), 'token');
    writeFileSync(account, 'eyJ.of-the.pod\n');
    double.kubernetesRoles.set('simpletuner', 'eyJ.of-the.pod');
    const pod = { VAULT_KUBERNETES_ROLE: 'simpletuner', VAULT_KUBERNETES_TOKEN_PATH: account };
    expect(await connect(pod).get(token)).toBe('r8_first');
    rmSync(account);
    const missing = connect(pod);
    expect(await missing.get(token)).toBeUndefined();
    expect(secretsFinding(missing).message).toContain('service account, whose file cannot be read (ENOENT)');
  });

  it('takes a token that an agent has written anew', async () => {
    const sink = join(mkdtempSync(join(tmpdir(), 'secrets-sink-')), 'token');
    writeFileSync(sink, 'hvs.of-the-operator\n');
    chain = connect({ VAULT_TOKEN_FILE: sink });
    await chain.get(token);
    double.tokens.clear();
    writeFileSync(sink, double.grant('hvs.from-the-agent'));
    double.secrets.set('simpletuner', { [token]: 'r8_second' });
    clock.advance(6 * MINUTE_MS);
    expect(await chain.get(token)).toBe('r8_second');
  });
});

describe('the lease of a token', () => {
  const shortLease = { leaseSeconds: 60, renewable: true, lifetimeSeconds: 86_400 };

  it('is renewed for as long as Vault allows it, also of a token that the operator gave', async () => {
    double.grant('hvs.of-the-operator', shortLease);
    await chain.get(token);
    await pass(20 * MINUTE_MS);
    double.secrets.set('simpletuner', { [token]: 'r8_second' });
    await pass(6 * MINUTE_MS);
    expect(await chain.get(token)).toBe('r8_second');
    expect(double.count('auth/token/renew-self')).toBeGreaterThan(20);
  });

  it.each([
    ['has come to its end', { ...shortLease, lifetimeSeconds: 120 }],
    ['cannot be renewed', { ...shortLease, renewable: false }],
  ])('that %s is followed by a new login', async (_, lease) => {
    double.lease = lease;
    double.appRoles.set('the-role', 'the-secret-id');
    chain = connect({ VAULT_ROLE_ID: 'the-role', VAULT_SECRET_ID: 'the-secret-id' });
    await chain.get(token);
    await pass(3 * MINUTE_MS);
    expect(double.count('secret/data/simpletuner'), 'nobody had to be refused first').toBe(1);
    expect(double.count('auth/approle/login')).toBeGreaterThan(1);
    await pass(10 * MINUTE_MS);
    double.secrets.set('simpletuner', { [token]: 'r8_second' });
    await pass(6 * MINUTE_MS);
    expect(await chain.get(token)).toBe('r8_second');
    expect(secretsFinding(chain).status).toBe('healthy');
  });
});
