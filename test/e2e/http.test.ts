import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from '../support/server.js';

/** What a caller behind the trusted proxy on this machine looks like. */
const remote = { 'X-Forwarded-For': '203.0.113.7' };

interface ErrorBody {
  detail: string;
  error: string;
  request_id: string;
  details?: { fields?: { field: string; message: string }[]; required_permission?: string };
}

describe('the server over HTTP', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await ServerProcess.start({ env: { SIMPLETUNER_PUBLIC_PORT: '0' } });
  });
  afterAll(() => server.dispose());

  const newKey = async (body: object = {}): Promise<{ key: string; id: string }> => {
    const response = await server.send('POST', '/api/auth/api-keys', { name: 'test', ...body });
    expect(response.status).toBe(201);
    return (await response.json()) as { key: string; id: string };
  };

  describe('who is calling', () => {
    it('takes a request from this machine for the admin', async () => {
      expect(await server.json('/api/users/me')).toMatchObject({ user_id: 'local', kind: 'local' });
    });

    it.each([
      ['comes through a proxy', remote],
      ['comes through a tunnel', { 'CF-Connecting-IP': '203.0.113.7' }],
      ['carries a key that is not one', { 'X-API-Key': `st_${'x'.repeat(32)}` }],
    ])('asks for a login when it %s', async (_, headers) => {
      const response = await server.get('/api/users/me', { headers: headers as Record<string, string> });
      expect(response.status).toBe(401);
      expect((await response.json()) as ErrorBody).toMatchObject({ error: 'authentication_error' });
    });

    it('does not take a foreign Host name for this machine (DNS rebinding)', async () => {
      const { request } = await import('node:http');
      const status = await new Promise((resolve, reject) => {
        request(`${server.ops}/api/users/me`, { headers: { Host: 'evil.example' } }, (response) =>
          resolve(response.statusCode),
        )
          .on('error', reject)
          .end();
      });
      expect(status).toBe(401);
    });

    it('lets an API key act within its scopes, from anywhere, until it is revoked', async () => {
      const { key, id } = await newKey({ scopes: ['config.view', 'api.keys.own'] });
      const headers = { ...remote, Authorization: `Bearer ${key}` };
      expect((await server.get('/api/cloud/providers', { headers })).status).toBe(200);
      const denied = await server.get('/api/audit', { headers });
      expect(denied.status).toBe(403);
      expect((await denied.json()) as ErrorBody).toMatchObject({
        error: 'permission_denied',
        details: { required_permission: 'admin.audit' },
      });
      const widening = await server.send(
        'POST',
        '/api/auth/api-keys',
        { name: 'wider', scopes: ['admin.audit'] },
        headers,
      );
      expect(widening.status).toBe(403);
      expect((await server.send('DELETE', `/api/auth/api-keys/${id}`)).status).toBe(204);
      expect((await server.get('/api/cloud/providers', { headers })).status).toBe(401);
    });

    it('shows a key once, and audits its making without it', async () => {
      const { key } = await newKey({ name: 'shown once' });
      const list = JSON.stringify(await server.json('/api/auth/api-keys'));
      const audit = JSON.stringify(await server.json('/api/audit?event_type=api_key.created'));
      expect(list).toContain('shown once');
      expect(audit).toContain('shown once');
      expect(list + audit + server.log).not.toContain(key);
    });

    it.each([
      ['Origin', { Origin: 'https://evil.example' }],
      ['Sec-Fetch-Site', { 'Sec-Fetch-Site': 'cross-site' }],
    ])('refuses changes asked for by a page elsewhere (%s)', async (_, headers) => {
      const response = await server.send('POST', '/api/auth/api-keys', { name: 'forged' }, headers);
      expect(response.status).toBe(403);
    });

    it.each(['/api/docs', '/api/docs/openapi.json', '/api/docs-json', '/api/events/stream'])(
      'tells a stranger nothing at %s',
      async (path) => {
        expect([401, 404]).toContain((await server.get(path, { headers: remote })).status);
      },
    );

    it('shows how it sees the address of the caller', async () => {
      const { key } = await newKey();
      const seen = await server.json('/api/cloud/whoami/address', { headers: { ...remote, 'X-API-Key': key } });
      expect(seen).toMatchObject({ address: '203.0.113.7', is_local: false, listener: 'ops' });
    });
  });

  describe('errors', () => {
    const refuse = async (init: RequestInit, path = '/api/auth/api-keys'): Promise<ErrorBody & { status: number }> => {
      const response = await server.get(path, { method: 'POST', ...init });
      const body = (await response.json()) as ErrorBody;
      expect(body.request_id).toBe(response.headers.get('x-request-id'));
      expect(body.detail).toMatch(/^[A-Z].*\.$/);
      return { status: response.status, ...body };
    };
    const json = { 'Content-Type': 'application/json' };

    it.each([
      ['malformed JSON', { headers: json, body: '{"name":' }, 400, 'invalid_input'],
      ['JSON that is no object', { headers: json, body: '"text"' }, 400, 'invalid_input'],
      ['an unknown field', { headers: json, body: '{"name":"a","colour":1}' }, 422, 'validation_error'],
      ['a wrong type', { headers: json, body: '{"name":7}' }, 422, 'validation_error'],
      [
        'another content type',
        { headers: { 'Content-Type': 'text/plain' }, body: '{}' },
        415,
        'unsupported_media_type',
      ],
      [
        'a body that is too large',
        { headers: json, body: `{"name":"${'x'.repeat(3_000_000)}"}` },
        413,
        'body_too_large',
      ],
      [
        'an encoding nobody asked for',
        { headers: { ...json, 'Content-Encoding': 'zstd' }, body: '{}' },
        415,
        'unsupported_media_type',
      ],
    ])('are clear for %s', async (_, init, status, error) => {
      expect(await refuse(init as RequestInit)).toMatchObject({ status, error });
    });

    it('name every field that is wrong', async () => {
      const { details } = await refuse({ headers: json, body: '{"name":"","scopes":["fly"],"hat":1}' });
      expect(details?.fields?.map(({ field }) => field).sort()).toEqual(['hat', 'name', 'scopes']);
    });

    it.each(['/api/nothing', '/nothing', '/api/cloud/jobs/none/none'])(
      'tell of an unknown address: %s',
      async (path) => {
        const response = await server.get(path);
        expect(response.status).toBe(404);
        expect((await response.json()) as ErrorBody).toMatchObject({
          error: 'not_found',
          detail: 'There is nothing at this address.',
        });
      },
    );

    const nobody = '0199c0de-0000-7000-8000-000000000000';
    it.each([
      ['GET', `/api/cloud/jobs/${nobody}`, 'job_not_found'],
      ['GET', `/api/cloud/jobs/${nobody}/logs`, 'job_not_found'],
      ['GET', `/api/cloud/jobs/${nobody}/timeline`, 'job_not_found'],
      ['GET', `/api/cloud/jobs/${nobody}/inline-progress`, 'job_not_found'],
      ['POST', `/api/cloud/jobs/${nobody}/cancel`, 'job_not_found'],
      ['POST', `/api/cloud/jobs/${nobody}/retry`, 'job_not_found'],
      ['DELETE', `/api/cloud/jobs/${nobody}`, 'job_not_found'],
      ['GET', '/api/cloud/jobs/no-id-at-all', 'job_not_found'],
      ['DELETE', `/api/auth/api-keys/${nobody}`, 'not_found'],
      ['POST', `/api/cloud/webhooks/deliveries/${nobody}/replay`, 'not_found'],
      ['GET', '/api/cloud/providers/none', 'not_found'],
    ])('tell of an unknown id: %s %s', async (method, path, error) => {
      expect(await refuse({ method, headers: json }, path)).toMatchObject({ status: 404, error });
    });

    it('leak no stack, path or SQL', async () => {
      const answers = await Promise.all(
        [
          '/api/audit?cursor=%FF',
          '/api/audit?limit=NaN',
          '/api/auth/%',
          "/api/audit?actor_id='%20OR%201=1--",
          '/api/cloud/jobs/%00',
        ].map(async (path) => {
          const response = await server.get(path);
          expect(response.status, path).toBeLessThan(500);
          return response.text();
        }),
      );
      expect(answers.join('\n')).not.toMatch(/\bat \w+.*:\d+:\d+|node_modules|dist\/|SELECT|sqlite/i);
    });
  });

  describe('every response', () => {
    it('carries the ids of the request, taken from it when they are well-formed', async () => {
      const own = await server.get('/api/cloud/health', {
        headers: { 'X-Request-ID': 'abc-1', 'X-Correlation-ID': 'trace.2' },
      });
      expect([own.headers.get('x-request-id'), own.headers.get('x-correlation-id')]).toEqual(['abc-1', 'trace.2']);
      const forged = await server.get('/api/cloud/health', {
        headers: { 'X-Request-ID': 'a"b{c}', 'X-Correlation-ID': 'x'.repeat(129) },
      });
      expect(forged.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(forged.headers.get('x-correlation-id')).toBe(forged.headers.get('x-request-id'));
    });

    it.each(['/api/cloud/health', '/api/nothing', '/api/audit?limit=0'])(
      'carries the security headers: %s',
      async (path) => {
        const { headers } = await server.get(path);
        expect(headers.get('content-security-policy')).toMatch(/default-src 'self'/);
        expect(headers.get('content-security-policy')).not.toMatch(/unsafe-/);
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('x-powered-by')).toBeNull();
        expect(headers.get('access-control-allow-origin')).toBeNull();
      },
    );
  });

  describe('health', () => {
    it('tells a local caller of each component', async () => {
      const report = await server.json('/api/cloud/health');
      expect(report).toMatchObject({ status: 'healthy', version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string });
      expect(report['components']).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ name: 'database', status: 'healthy', message: 'SQLite database accessible' }),
        ]),
      );
    });

    it('tells anyone else the status alone', async () => {
      expect(await server.json('/api/cloud/health', { headers: remote })).toEqual({ status: 'healthy' });
    });

    it('tells nobody what it told a local caller with the same credential a moment ago', async () => {
      const headers = { Authorization: 'Basic bW9uaXRvcjptb25pdG9y' };
      const ask = (more: Record<string, string> = {}) =>
        server.json('/api/cloud/health', { headers: { ...headers, ...more } });
      expect(await ask()).toHaveProperty('components');
      expect(await ask(remote)).toEqual({ status: 'healthy' });
      expect(await ask()).toHaveProperty('components');
    });

    it('answers probes', async () => {
      expect(await server.json('/api/cloud/health/live', { headers: remote })).toEqual({ status: 'ok' });
      expect(await server.json('/api/cloud/health/ready', { headers: remote })).toEqual({ status: 'ready' });
      expect(await server.json('/api/cloud/health/startup', { headers: remote })).toEqual({ status: 'started' });
    });

    it.each([
      ['application/health+json', 'application/health+json; charset=utf-8'],
      ['application/health+json, application/json;q=0.5', 'application/health+json; charset=utf-8'],
      ['application/json, application/health+json;q=0.5', 'application/json; charset=utf-8'],
      ['*/*', 'application/json; charset=utf-8'],
      ['text/html', 'application/json; charset=utf-8'],
    ])('answers %s in the form that is preferred', async (Accept, type) => {
      for (const path of ['', '/live', '/ready', '/startup']) {
        const response = await server.get(`/api/cloud/health${path}`, { headers: { Accept } });
        expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
        expect(response.headers.get('vary')).toContain('Accept');
        expect(response.headers.get('cache-control')).toBe('no-store');
      }
    });

    it('speaks the words of the draft to those who know them', async () => {
      const headers = { Accept: 'application/health+json' };
      const document = await server.json<{ checks: Record<string, object[]> }>('/api/cloud/health', { headers });
      expect(document).toMatchObject({ status: 'pass', version: '1', releaseId: expect.any(String) as string });
      expect(document.checks['database:responseTime']).toEqual([
        {
          status: 'pass',
          componentType: 'component',
          observedValue: expect.any(Number) as number,
          observedUnit: 'ms',
          time: expect.any(String) as string,
        },
      ]);
      expect(document.checks['uptime']).toMatchObject([{ observedUnit: 's' }]);
      const forAll = await server.json('/api/cloud/health', { headers: { ...headers, ...remote } });
      expect(forAll).toEqual({ status: 'pass', version: '1' });
      expect(await server.json('/api/cloud/health/live', { headers })).toEqual({ status: 'pass', version: '1' });
    });
  });

  it('describes its routes, each with a summary', async () => {
    // Loads the instruments, which must not add a route that nobody can reach.
    expect((await server.get('/api/cloud/metrics/preview')).status).toBe(200);
    const document = await server.json<{ paths: Record<string, Record<string, { summary?: string }>> }>(
      '/api/docs/openapi.json',
    );
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, summary: operation.summary })),
    );
    expect(operations.length).toBeGreaterThan(20);
    expect(operations.filter(({ summary }) => !summary)).toEqual([]);
  });
});
