import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeLogs, configureLogging, getLogger, registerSecret, withLogContext } from './index.js';
import { lineLimits } from './plain.js';
import { isSecretName, redactText } from './redact.js';

let written: string[];
const logged = (extra: unknown, message = 'm'): Record<string, unknown> => {
  getLogger('test').error(message, extra as Error);
  return (JSON.parse(written.at(-1) ?? '') as { extra: Record<string, unknown> }).extra;
};
beforeEach(() => {
  written = [];
  configureLogging({ output: (line) => written.push(line) });
});
afterEach(() => closeLogs());

describe('redaction by name', () => {
  it.each(
    (
      'authorization Authorization proxy-authorization cookie Set-Cookie token hf_token uploadToken secret CLOUD_WEBHOOK_SECRET ' +
      'webhookSecret password DB_PASSWORD passwd api_key apiKey X-API-Key apikey AWS_SECRET_ACCESS_KEY s3_access_key privateKey ' +
      'input config_json credentials'
    ).split(' '),
  )('hides %s', (name) => {
    expect(isSecretName(name)).toBe(true);
    expect(logged({ outer: [{ [name]: 'open sesame' }] })).toEqual({ outer: [{ [name]: '[redacted]' }] });
  });

  it.each(
    'key idempotency_key key_id token_count job_id secret_source monkey input_bytes has_password_policy'.split(' '),
  )('shows %s', (name) => expect(isSecretName(name)).toBe(false));

  it('still tells whether there is a value', () => {
    expect(logged({ token: null, secret: false, password: '' })).toEqual({
      token: null,
      secret: false,
      password: '[redacted]',
    });
  });
});

describe('redaction by form', () => {
  it.each([
    ['Authorization: Bearer r8_abcdefghijklmnop', 'Authorization: Bearer [redacted]'],
    ['proxy http://user:pa:ss@proxy:8080/', 'proxy http://[redacted]@proxy:8080/'],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw end', '[redacted] end'],
    [`key st_${'a1'.repeat(16)}`, 'key [redacted]'],
    [`STU${'A2'.repeat(14)}B`, '[redacted]'],
    ['GET /x?a=1&X-Amz-Signature=deadbeef&b=2', 'GET /x?a=1&X-Amz-Signature=[redacted]&b=2'],
    ['Token refresh failed; basic configuration is missing', 'Token refresh failed; basic configuration is missing'],
  ])('%s', (text, clean) => expect(redactText(text)).toBe(clean));
});

describe('redaction by value', () => {
  it('covers every registered secret in every string of a line, whatever surrounds it', () => {
    const secret = fc
      .string({ minLength: 6, maxLength: 24, unit: 'grapheme' })
      .filter((text) => !'[redacted]'.includes(text));
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
        registerSecret(value);
        const text = before + value + after;
        const extra = logged(
          {
            note: text,
            [text]: 1,
            list: [text],
            error: new Error(text),
            url: `/?q=${encodeURIComponent(text)}`,
            json: JSON.stringify({ v: value }),
          },
          text,
        );
        withLogContext({ correlation_id: text }, () => getLogger('test').error('id'));
        const strings: string[] = [];
        JSON.stringify(
          [JSON.parse(written.at(-1) ?? ''), JSON.parse(written.at(-2) ?? ''), extra],
          (name, member: unknown) => {
            strings.push(name, String(member));
            return member;
          },
        );
        // Short cases may be words of the line itself, such as "source"; those stand alone.
        for (const one of strings)
          expect(one.replaceAll('[redacted]', '').includes(value) && one !== value).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  it('covers secrets that overlap or contain each other together', () => {
    registerSecret('qqwwee-rrttyy');
    registerSecret('rrttyy-uuiioo');
    registerSecret('rrttyy');
    expect(redactText('<qqwwee-rrttyy-uuiioo>')).toBe('<[redacted]>');
    expect(redactText('<rrttyy rrttyy>')).toBe('<[redacted] [redacted]>');
  });

  it('ignores values too short to be secrets', () => {
    registerSecret('zzqzz');
    expect(redactText('a zzqzz b')).toBe('a zzqzz b');
  });
});

describe('whatever is handed over', () => {
  it('never throws and always writes one JSON line', () => {
    const hostile = fc.oneof(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withNullPrototype: true,
        withObjectString: true,
        withTypedArray: true,
        withSparseArray: true,
      }),
      fc.func(fc.anything()),
    );
    fc.assert(
      fc.property(hostile, fc.string({ unit: 'binary' }), (extra, message) => {
        written = [];
        logged({ extra }, message);
        withLogContext(extra as Record<string, unknown>, () => logged(extra, message));
        expect(written).toHaveLength(2);
        for (const line of written) expect(line.indexOf('\n')).toBe(line.length - 1);
      }),
      { numRuns: 500 },
    );
  });

  it('survives getters, circles, BigInt, proxies and functions', () => {
    const circle: Record<string, unknown> = {
      big: 10n,
      when: new Date(Number.NaN),
      bytes: Buffer.alloc(3),
      text: undefined,
    };
    circle.self = circle;
    Object.defineProperty(circle, 'bad', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(
      logged({
        circle,
        proxy,
        nan: Number.NaN,
        call: () => 1,
        json: {
          toJSON: () => {
            throw new Error('no');
          },
        },
      }),
    ).toEqual({
      circle: { big: '10', when: 'Invalid Date', bytes: '[3 bytes]', self: '[circular]', bad: '[unreadable]' },
      proxy: '[unreadable]',
      nan: 'NaN',
      call: '[function call]',
      json: '[unreadable]',
    });
    expect(
      logged(
        Object.defineProperty({ good: 1 }, 'bad', {
          enumerable: true,
          get: () => {
            throw new Error('no');
          },
        }),
      ),
    ).toEqual({ good: 1, bad: '[unreadable]' });
    withLogContext(proxy, () => logged({ kept: 1 }));
    expect(written).toHaveLength(3);
  });

  it('keeps the name, message, stack, code and cause of errors', () => {
    const error = Object.assign(new TypeError('outer', { cause: new Error('inner') }), { code: 'E_X', token: 'abc' });
    expect(logged({ error }).error).toMatchObject({
      name: 'TypeError',
      message: 'outer',
      stack: expect.stringContaining('redaction.spec.ts') as string,
      cause: { message: 'inner' },
      code: 'E_X',
      token: '[redacted]',
    });
  });

  it('is bounded in depth, breadth, length and number', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 50_000; level += 1) deep = { deep };
    logged(
      {
        deep,
        wide: Array.from({ length: 1e5 }, () => ({})),
        long: 'x'.repeat(1e6),
        many: Array(100).fill('y'.repeat(1e5)),
      },
      'm'.repeat(1e6),
    );
    const line = written.at(-1) ?? '';
    expect(line.length).toBeLessThan(2 * lineLimits.charsMax + 20_000);
    expect(line).toContain('[too deep]');
    expect(line).toContain('[99900 more]');
    expect(line).toContain('… [1000000 characters]');
  });
});
