import fc from 'fast-check';
import { validateWebhook } from 'replicate';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { SystemClock } from '../clock/index.js';
import {
  generateWebhookSecret,
  InvalidWebhookSecretError,
  signWebhook,
  verifyWebhook,
  webhookKey,
  type SignedMessage,
  type Verification,
} from './index.js';

const timeMs = Date.UTC(2026, 0, 1);
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const other = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const body = Buffer.from('{"status":"succeeded","é":"☃"}');
const signed = (secrets: readonly [string, ...string[]] = [secret]): Record<string, string> => ({
  ...signWebhook({ id: 'msg_1', timeMs, body, secrets }),
});
const verify = (change: Partial<SignedMessage> = {}): Verification =>
  verifyWebhook({ headers: signed(), body, secrets: [secret], nowMs: timeMs, ...change });

describe('with the libraries of the trade', () => {
  const texts = fc.string({ unit: 'grapheme', minLength: 1 });
  const ids = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
  const keys = fc
    .uint8Array({ minLength: 24, maxLength: 64 })
    .map((key) => `whsec_${Buffer.from(key).toString('base64')}`);

  it('verifies what standardwebhooks signs', () => {
    fc.assert(
      fc.property(texts, ids, keys, (text, id, key) => {
        const signature = new Webhook(key).sign(id, new Date(timeMs), text);
        const headers = {
          'webhook-id': id,
          'webhook-timestamp': String(timeMs / 1_000),
          'webhook-signature': signature,
        };
        expect(verify({ headers, body: Buffer.from(text), secrets: [other, key] })).toEqual({
          ok: true,
          messageId: id,
          timeMs,
          secretIndex: 1,
        });
      }),
    );
  });

  it('signs what standardwebhooks and replicate verify', async () => {
    await fc.assert(
      fc.asyncProperty(texts, ids, keys, async (text, id, key) => {
        const headers = signWebhook({ id, timeMs: new SystemClock().now(), body: text, secrets: [other, key] });
        expect(() => new Webhook(key).verify(text, { ...headers }, { jsonParse: false })).not.toThrow();
        expect(await validateWebhook({ headers: { ...headers }, body: text } as never, key)).toBe(true);
        expect(await validateWebhook({ headers: { ...headers }, body: `${text} ` } as never, key)).toBe(false);
      }),
    );
  });

  it('agrees with the vector of the standard', () => {
    const headers = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    expect(verify({ headers, body: Buffer.from('{"test": 2432232314}'), nowMs: 1_614_265_330_000 }).ok).toBe(true);
  });
});

describe('verifyWebhook', () => {
  it('takes the current or a previous secret, by any of the signatures', () => {
    expect(verify({ secrets: [other, secret] })).toMatchObject({ ok: true, secretIndex: 1 });
    expect(verify({ headers: signed([other, secret]) })).toMatchObject({ ok: true, secretIndex: 0 });
    const signature = `v1a,unknown v1,${'A'.repeat(44)} ${signed()['webhook-signature'] ?? ''}`;
    expect(verify({ headers: { ...signed(), 'webhook-signature': signature } })).toMatchObject({ ok: true });
  });

  it.each([
    [300_999, true],
    [301_000, 'timestamp_too_old'],
    [-300_000, true],
    [-300_001, 'timestamp_too_new'],
  ])('at %i ms of age: %s', (ageMs, expected) => {
    const result = verify({ nowMs: timeMs + ageMs });
    expect(result.ok || result.reason).toBe(expected);
  });

  it.each<[string, Record<string, string | string[] | undefined>, string]>([
    ['no id', { 'webhook-id': undefined }, 'missing_header'],
    ['no time', { 'webhook-timestamp': '' }, 'missing_header'],
    ['no signature', { 'webhook-signature': undefined }, 'missing_header'],
    ['an id with a full stop', { 'webhook-id': 'msg.1' }, 'malformed_header'],
    ['two ids', { 'webhook-id': ['a', 'b'] }, 'malformed_header'],
    ['joined ids', { 'webhook-id': 'a, b' }, 'malformed_header'],
    ['a fractional time', { 'webhook-timestamp': '1767225600.5' }, 'malformed_header'],
    ['a time with a tail', { 'webhook-timestamp': '1767225600abc' }, 'malformed_header'],
    ['a negative time', { 'webhook-timestamp': '-1' }, 'malformed_header'],
    ['a signature without version', { 'webhook-signature': 'abc' }, 'malformed_header'],
    ['too many signatures', { 'webhook-signature': Array(33).fill('v1,a').join(' ') }, 'malformed_header'],
    ['an endless signature', { 'webhook-signature': `v1,${'a'.repeat(5_000)}` }, 'malformed_header'],
    ['only another version', { 'webhook-signature': 'v2,abc' }, 'no_match'],
    ['another id', { 'webhook-id': 'msg_2' }, 'no_match'],
    ['another time', { 'webhook-timestamp': '1767225601' }, 'no_match'],
    ['a signature that is too short', { 'webhook-signature': 'v1,AAAA' }, 'no_match'],
  ])('%s', (_name, change, reason) => {
    expect(verify({ headers: { ...signed(), ...change } })).toEqual({ ok: false, reason });
  });

  it('matches nothing without a secret', () =>
    expect(verify({ secrets: [] })).toEqual({ ok: false, reason: 'no_match' }));

  it('is about the bytes of the body, also when they are no text', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
    const headers = { ...signWebhook({ id: 'a', timeMs, body: bytes, secrets: [secret] }) };
    expect(verify({ headers, body: bytes }).ok).toBe(true);
    expect(verify({ headers, body: Buffer.from(bytes.toString('utf8')) })).toEqual({ ok: false, reason: 'no_match' });
  });

  it('finds every single flipped bit of body and signature', () => {
    fc.assert(
      fc.property(fc.nat(body.length * 8 - 1), fc.nat(32 * 8 - 1), (bodyBit, signatureBit) => {
        expect(verify({ body: flipped(body, bodyBit) }).ok).toBe(false);
        const signature = Buffer.from((signed()['webhook-signature'] ?? '').slice(3), 'base64');
        const headers = {
          ...signed(),
          'webhook-signature': `v1,${flipped(signature, signatureBit).toString('base64')}`,
        };
        expect(verify({ headers })).toEqual({ ok: false, reason: 'no_match' });
      }),
    );
  });

  it('answers whatever it is sent, and never with yes', () => {
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^(v1,[A-Za-z0-9+/=]{0,50} ?){0,4}$/),
      fc.constantFrom('msg_1', String(timeMs / 1_000)),
    );
    const headers = fc.record(
      { 'webhook-id': header, 'webhook-timestamp': header, 'webhook-signature': header },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(headers, fc.uint8Array(), (sent, bytes) => {
        expect(verify({ headers: sent, body: bytes }).ok).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('secrets', () => {
  it('are generated at random, 32 bytes long', () => {
    const [one, two] = [generateWebhookSecret(), generateWebhookSecret()];
    expect(one).not.toBe(two);
    expect(one).toMatch(/^whsec_/);
    expect(webhookKey(one)).toHaveLength(32);
  });

  it.each(['', 'whsec_', 'whsec_a', 'whsec_not base64', 'whsec_ab-_', 'pass"word', 'whsec_====', 'A'.repeat(600)])(
    'refuses %j without naming it',
    (text) => {
      expect(() => webhookKey(text)).toThrow(InvalidWebhookSecretError);
      expect(() => verify({ secrets: [text] })).toThrow(/^A webhook secret must be base64, optionally after "whsec_"$/);
    },
  );

  it('may come without prefix or padding', () => {
    expect(verify({ secrets: [secret.slice('whsec_'.length)] }).ok).toBe(true);
    expect(webhookKey('AAA')).toEqual(webhookKey('whsec_AAA='));
  });

  it('sign only ids that can be verified', () => {
    expect(() => signWebhook({ id: 'a.b', timeMs, body, secrets: [secret] })).toThrow(RangeError);
  });
});

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
