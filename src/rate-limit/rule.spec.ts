import { describe, expect, it } from 'vitest';
import { loadConfig } from '../config/index.js';
import { RateLimitRules } from './rate-limit-rules.js';
import type { RateLimitOptions } from './rate-limit.options.js';
import { isExcluded } from './rule.js';

function rulesOf(environment: Record<string, string> = {}, options: RateLimitOptions = {}): RateLimitRules {
  return new RateLimitRules(loadConfig(environment), options);
}

describe('the rule of a request', () => {
  const rules = rulesOf();

  it.each([
    ['POST', '/api/auth/login', 'login', 5],
    ['POST', '/API/AUTH/LOGIN/', 'login', 5],
    ['GET', '/api/auth/login', 'default', 100],
    ['POST', '/api/auth/login/more', 'default', 100],
    ['POST', '/api/auth/register', 'register', 3],
    ['POST', '/api/auth/api-keys', 'api-keys', 10],
    ['DELETE', '/api/auth/api-keys/1', 'default', 100],
    ['POST', '/api/cloud/jobs', 'submit', 20],
    ['POST', '/api/cloud/jobs/submit', 'submit', 20],
    ['GET', '/api/cloud/jobs', 'default', 100],
    ['POST', '/api/cloud/jobs/sync', 'default', 100],
    ['POST', '/api/cloud/jobs/1/cancel', 'cancel', 30],
    ['POST', '/api/cloud/jobs//cancel', 'default', 100],
    ['PUT', '/api/webhooks/replicate', 'webhooks', 100],
    ['GET', '/api/webhooks', 'webhooks', 100],
    ['GET', '/api/cloud/webhooks/deliveries', 'default', 100],
    ['HEAD', '/api/cloud/storage/b/k', 'storage', 50],
    ['PUT', '/api/cloud/storage', 'storage', 50],
    ['GET', '/api/cloud/storages', 'default', 100],
    ['GET', '/api/quotas', 'quotas', 30],
    ['PATCH', '/api/quotas/7', 'quotas', 30],
    ['GET', '/', 'default', 100],
  ])('%s %s is %s: %i in a minute', (method, path, name, calls) => {
    expect(rules.match(method, path)).toMatchObject({ name, calls, periodSeconds: 60 });
  });

  it('is refused when it cannot be counted for logins and registrations alone', () => {
    expect(rules.all.filter(({ failsClosed }) => failsClosed).map(({ name }) => name)).toEqual(['login', 'register']);
  });

  it('is the first that matches: options, then the environment, then the built-in ones', () => {
    const own = rulesOf(
      { RATE_LIMIT_RULES: '[["^/api/quotas/fast$", 9, 10, ["GET"]], ["^/own$", 1, 1]]', RATE_LIMIT_CALLS: '7' },
      { rules: [{ pattern: /^\/own$/, calls: 4, periodSeconds: 2, name: 'mine', shadow: true }], periodSeconds: 5 },
    );
    expect(own.match('GET', '/own')).toMatchObject({ name: 'mine', calls: 4, isShadow: true });
    expect(own.match('HEAD', '/api/quotas/fast/')).toMatchObject({ name: 'custom-2', calls: 9, periodSeconds: 10 });
    expect(own.match('POST', '/api/quotas/fast')).toMatchObject({ name: 'quotas' });
    expect(own.match('GET', '/else')).toMatchObject({ name: 'default', calls: 7, periodSeconds: 5 });
  });

  it('is put in shadow by name, and an unknown or double name stops the start', () => {
    const own = rulesOf({ RATE_LIMIT_SHADOW: 'login, default' });
    expect(own.all.filter(({ isShadow }) => isShadow).map(({ name }) => name)).toEqual(['login', 'default']);
    expect(() => rulesOf({ RATE_LIMIT_SHADOW: 'logon' })).toThrow('there is no rule logon');
    const login = { pattern: '^/x$', calls: 1, periodSeconds: 1, name: 'login' };
    expect(() => rulesOf({}, { rules: [login] })).toThrow('called login');
    expect(() => rulesOf({}, { rules: [{ ...login, name: '"; drop' }] })).toThrow('not a name');
  });

  it('is none when the limit is 0', () => {
    expect(rulesOf({ RATE_LIMIT_CALLS: '0' }).isEnabled).toBe(false);
    expect(rulesOf({}, { calls: 0 }).isEnabled).toBe(false);
  });
});

describe('what is excluded', () => {
  it.each(['/health', '/api/cloud/health', '/api/cloud/health/ready', '/api/events', '/api/events/stream', '/static/a/b.js',
    '/api/cloud/hints', '/api/users/me', '/api/cloud/providers'])('is to read %s, and not to change it', (path) => {
    expect([isExcluded('GET', path), isExcluded('HEAD', path), isExcluded('POST', path)]).toEqual([true, true, false]);
  }); // prettier-ignore

  it.each(['/healthy', '/health/x', '/api/cloud/healthy', '/api/events/1', '/statics', '/api/users/me2', '/api/users/me/x',
    '/api/cloud/providers/process', '/x/health', '/API/users/me'])('is not %s', (path) => {
    expect(isExcluded('GET', path)).toBe(false);
  }); // prettier-ignore
});
