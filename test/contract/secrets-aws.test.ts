import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../libs/clock/index.js';
import type { SecretChain } from '../../libs/secrets/index.js';
import { loadConfig } from '../../src/config/index.js';
import { createSecretChain } from '../../src/secrets/create-secret-chain.js';
import { secretsFinding } from '../../src/secrets/secrets.health.js';
import { AwsDouble } from '../support/aws-double.js';

const MINUTE_MS = 60_000;
const token = 'REPLICATE_API_TOKEN';
const noHome = '/nonexistent';
let double: AwsDouble;
let clock: ManualClock;
let chain: SecretChain;

beforeEach(async () => {
  double = await AwsDouble.start();
  double.secrets.set('simpletuner', JSON.stringify({ [token]: 'r8_first', 'hf-token': 'hf_first', EMPTY: '' }));
  // The SDK reads its endpoint and credentials from there, as in production.
  for (const [name, value] of Object.entries(double.environment)) vi.stubEnv(name, value);
  clock = new ManualClock();
  chain = connect();
});
afterEach(async () => {
  chain.close();
  vi.unstubAllEnvs();
  await double.goAway();
});

function connect(environment: Record<string, string> = {}): SecretChain {
  const own = { SIMPLETUNER_HOME: noHome, SIMPLETUNER_AWS_SECRET_NAME: 'simpletuner' };
  return createSecretChain(loadConfig({ ...own, ...environment }), clock);
}

function health() {
  return secretsFinding(chain);
}

function put(value: string): void {
  double.secrets.set('simpletuner', JSON.stringify({ [token]: value }));
}

describe('secrets from AWS Secrets Manager', () => {
  it('are read once for everybody who asks meanwhile, and not again for five minutes', async () => {
    const answers = await Promise.all([
      chain.get(token),
      chain.get(token),
      chain.get('hf-token'),
      chain.get('HF_TOKEN'),
    ]);
    expect(answers).toEqual(['r8_first', 'r8_first', 'hf_first', 'hf_first']);
    clock.advance(4 * MINUTE_MS);
    expect(await chain.get(token)).toBe('r8_first');
    expect(double.requests).toHaveLength(1);
    expect(health()).toEqual({ status: 'healthy', message: 'API token configured' });
  });

  it('are found by ARN, in its region, and as binary', async () => {
    double.secrets.set('simpletuner', Buffer.from(JSON.stringify({ [token]: 'r8_binary' })));
    vi.stubEnv('AWS_REGION', '');
    const arn = `arn:aws:secretsmanager:${AwsDouble.region}:123456789012:secret:simpletuner-AbCdEf`;
    expect(await connect({ SIMPLETUNER_AWS_SECRET_NAME: arn }).get(token)).toBe('r8_binary');
  });

  it('are taken up after a rotation: within the time to live, and at once when the old value was refused', async () => {
    await chain.get(token);
    put('r8_second');
    clock.advance(6 * MINUTE_MS);
    expect(await chain.get(token)).toBe('r8_second');
    put('r8_third');
    clock.advance(10_000);
    expect(await Promise.all([chain.refresh(token), chain.refresh(token)])).toEqual(['r8_third', 'r8_third']);
    await chain.refresh(token);
    expect(double.requests).toHaveLength(3);
  });

  it('are looked for again when a name was missing', async () => {
    expect(await chain.get('CLOUD_WEBHOOK_SECRET')).toBeUndefined();
    expect(await chain.get('EMPTY')).toBeUndefined();
    double.secrets.set('simpletuner', JSON.stringify({ CLOUD_WEBHOOK_SECRET: 'whsec_late' }));
    expect(await chain.get('CLOUD_WEBHOOK_SECRET')).toBeUndefined();
    clock.advance(30_000);
    expect(await chain.get('CLOUD_WEBHOOK_SECRET')).toBe('whsec_late');
  });

  it('survive ten minutes without AWS, and are new when it is back', async () => {
    await chain.get(token);
    await double.goAway();
    for (let passedMs = 0; passedMs < 15 * MINUTE_MS; passedMs += 20_000) {
      clock.advance(20_000);
      await chain.keepFresh();
      expect(await chain.get(token)).toBe('r8_first');
    }
    expect(health()).toMatchObject({
      status: 'degraded',
      message: expect.stringMatching(
        /^AWS Secrets Manager cannot be read \(\w+\), for \d{3} s; its last good values count$/,
      ) as string,
    });
    await double.listen();
    put('r8_after_the_outage');
    clock.advance(30_000);
    await chain.keepFresh();
    expect(await chain.get(token)).toBe('r8_after_the_outage');
    expect(health().status).toBe('healthy');
  });

  it('are not empty for ever because the first read failed', async () => {
    await double.goAway();
    expect(await chain.get(token)).toBeUndefined();
    expect(health().message).toContain('none of its values is known');
    await double.listen();
    expect(await chain.get(token), 'the pause after a failure').toBeUndefined();
    clock.advance(1_000);
    expect(await chain.get(token)).toBe('r8_first');
  });

  it('come in spite of throttling', async () => {
    double.throttledCalls = 1;
    expect(await chain.get(token)).toBe('r8_first');
    double.throttledCalls = 2;
    put('r8_second');
    clock.advance(6 * MINUTE_MS);
    expect(await chain.get(token)).toBe('r8_first');
    expect(health().message).toContain('(ThrottlingException)');
    clock.advance(1_000);
    await chain.keepFresh();
    expect(await chain.get(token)).toBe('r8_second');
  });

  it('are not waited for longer than the limit, and not at all once a value is known', async () => {
    double.stall();
    const first = chain.get(token);
    await vi.waitFor(() => expect(double.requests).toHaveLength(1));
    clock.advance(5_000);
    expect(await first).toBeUndefined();
    expect(health().message).toContain('gave no answer within 5 s');
    double.hurry();
    clock.advance(1_000);
    expect(await chain.get(token)).toBe('r8_first');
    double.stall();
    clock.advance(4.5 * MINUTE_MS);
    const round = chain.keepFresh();
    expect(await chain.get(token)).toBe('r8_first');
    clock.advance(5_000);
    await round;
    clock.advance(MINUTE_MS);
    expect(await chain.get(token)).toBe('r8_first');
    double.hurry();
  });

  it('are told apart from a secret that does not exist, is no JSON or may not be read', async () => {
    await chain.get(token);
    double.isDenied = true;
    clock.advance(6 * MINUTE_MS);
    expect(await chain.get(token)).toBe('r8_first');
    expect(health().message).toContain('(AccessDeniedException)');
    double.isDenied = false;
    double.secrets.set('simpletuner', 'r8_plain_text');
    clock.advance(30_000);
    await chain.keepFresh();
    expect(await chain.get(token)).toBe('r8_first');
    expect(health().message).toMatch(/^AWS Secrets Manager holds no valid JSON/);
    double.secrets.delete('simpletuner');
    clock.advance(30_000);
    await chain.keepFresh();
    expect(await chain.get(token)).toBeUndefined();
    expect(health()).toEqual({
      status: 'degraded',
      message: 'AWS Secrets Manager holds no secret named "simpletuner"',
    });
  });

  it('do not matter where the environment has a value', async () => {
    expect(await connect({ [token]: 'r8_environment' }).get(token)).toBe('r8_environment');
    expect(await connect({ [token]: 'r8_environment' }).refresh(token)).toBe('r8_environment');
    expect(double.requests).toHaveLength(0);
    expect(await connect({ [token]: ' ' }).get(token)).toBe('r8_first');
  });
});
