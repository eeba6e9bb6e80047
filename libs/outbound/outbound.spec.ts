import { describe, expect, it } from 'vitest';
import { ConnectFailure } from './connect-failure.js';
import { PhaseTimeout } from './exchange.js';
import { isProxied } from './no-proxy.js';
import { outboundErrorOf } from './outbound-error.js';
import { isWorthWaiting, retryAfterMs, retryDelayMs } from './retry.js';
import { credentialsOf } from './url-parts.js';

describe('NO_PROXY', () => {
  it.each([
    ['https://api.replicate.com/v1', '', true],
    ['https://api.replicate.com/v1', '*', false],
    ['https://api.replicate.com/v1', 'replicate.com', false],
    ['https://api.replicate.com/v1', '.replicate.com', false],
    ['https://api.replicate.com/v1', '*.Replicate.com', false],
    ['https://replicate.com/v1', 'example.com,replicate.com', false],
    ['https://evilreplicate.com/v1', 'replicate.com', true],
    ['https://api.replicate.com/v1', 'replicate.com:8443', true],
    ['https://api.replicate.com/v1', 'replicate.com:443', false],
    ['http://127.0.0.1:8080/', 'localhost 127.0.0.1', false],
    ['http://[::1]:8080/', '::1', false],
    ['http://[::1]:8080/', '[::1]:8080', false],
    ['http://[::1]:8080/', '[::1]:80', true],
    ['https://api.replicate.com/v1', ' , ,', true],
  ])('%s under %j goes through the proxy: %s', (url, list, expected) => {
    expect(isProxied(new URL(url), list)).toBe(expected);
  });
});

describe('the credentials of a URL', () => {
  it.each([
    ['http://user:p%40ss@proxy', 'user', 'p@ss'],
    ['http://user:100%@proxy', 'user', '100%'],
    ['http://%zz:%E0%A4%A@proxy', '%zz', '%E0%A4%A'],
    ['http://proxy', '', ''],
  ])('are read from %s whatever is in them', (url, user, password) => {
    expect(credentialsOf(new URL(url))).toEqual({ user, password });
  });
});

describe('retries', () => {
  it('double from one second to thirty, with up to a quarter more', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((attempt) => retryDelayMs(attempt, undefined, () => 0))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ]);
    expect(retryDelayMs(1, undefined, () => 1)).toBe(1_250);
    expect(retryDelayMs(1, 7_000, () => 0)).toBe(7_000);
  });

  it('read what the server asks for, in seconds or as a date', () => {
    const nowMs = Date.UTC(2026, 10, 23, 12, 0, 0);
    expect(retryAfterMs('7', nowMs)).toBe(7_000);
    expect(retryAfterMs('Mon, 23 Nov 2026 12:00:09 GMT', nowMs)).toBe(9_000);
    expect(retryAfterMs('Mon, 23 Nov 2026 11:00:00 GMT', nowMs)).toBe(0);
    for (const nothing of [undefined, '', 'soon', '-1x']) expect(retryAfterMs(nothing, nowMs)).toBeUndefined();
    expect([undefined, 30_000, 30_001].map(isWorthWaiting)).toEqual([true, true, false]);
  });
});

describe('a failure', () => {
  const failure = (error: unknown) => {
    const { failure: kind, code } = outboundErrorOf(error);
    return [kind, code];
  };

  it('before the first byte is told from one after it', () => {
    const refused = new ConnectFailure('tcp', 'ECONNREFUSED', new Error('connect'));
    expect(failure(refused)).toEqual(['not-sent', 'ECONNREFUSED']);
    expect(failure(new TypeError('failed', { cause: refused }))).toEqual(['not-sent', 'ECONNREFUSED']);
    expect(outboundErrorOf(refused).details.stage).toBe('tcp');
    expect(failure(new PhaseTimeout('connect'))).toEqual(['not-sent', 'CONNECT_TIMEOUT']);
    expect(failure(new PhaseTimeout('headers'))).toEqual(['timeout', 'HEADERS_TIMEOUT']);
    expect(failure(new PhaseTimeout('body'))).toEqual(['timeout', 'BODY_TIMEOUT']);
    expect(failure(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))).toEqual(['broken', 'ECONNRESET']);
    expect(failure(undefined)).toEqual(['broken', 'UNKNOWN']);
  });
});
