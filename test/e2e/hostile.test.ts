import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from '../support/server.js';

const LATE_MS = 5_000;

/** What the server answers to exactly these bytes, up to the end of the connection or of the first answer's headers. */
function answerTo(origin: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket.setTimeout(LATE_MS, () => socket.destroy(new Error(`No end of: ${answer}`)));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

const statusIn = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

describe('a hostile caller', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await ServerProcess.start({ env: { RATE_LIMIT_CALLS: '0' } });
  });
  afterAll(() => server.dispose());

  const request = (line: string, headers: readonly string[], body = ''): Promise<string> =>
    answerTo(server.ops, [`${line} HTTP/1.1`, 'Connection: close', ...headers, '', body].join('\r\n'));

  it('cannot push the headers of a proxy out of sight with headers of its own', async () => {
    const own = Array.from({ length: 2_500 }, () => 'a:');
    const answer = await request('GET /api/users/me', ['Host: localhost', ...own, 'X-Forwarded-For: 203.0.113.7']);
    expect(statusIn(answer)).toBe(401);
  });

  it('cannot send two Host headers', async () => {
    expect(statusIn(await request('GET /api/users/me', ['Host: localhost', 'Host: evil.example']))).toBe(400);
  });

  it.each(['/api/docs-yaml', '/api/docs-json', '/api/docs/swagger-ui-init.js', '/API/docs', '/api/Users/me'])(
    'gets nothing at %s from elsewhere',
    async (path) => {
      const answer = await request(`GET ${path}`, ['Host: localhost', 'X-Forwarded-For: 203.0.113.7']);
      expect([401, 404]).toContain(statusIn(answer));
    },
  );

  it.each([
    ['no HTTP', 'SCRIBBLE\r\n\r\n', 400, 'invalid_input'],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nHost: localhost\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'invalid_input',
    ],
    ['no Host', 'GET /api/users/me HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'invalid_input'],
    [
      'a body of two lengths',
      'POST /api/cloud/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'invalid_input',
    ],
  ])('is answered in the one error body when it sends %s', async (_, text, status, error) => {
    const answer = await answerTo(server.ops, text);
    expect(statusIn(answer)).toBe(status);
    expect(answer).toMatch(/x-content-type-options: nosniff/i);
    const [, requestId] = /x-request-id: ([\w-]{36})\r\n/i.exec(answer) ?? [];
    const [, length, body] = /content-length: (\d+)\r\n[\s\S]*?\r\n\r\n(.*)$/i.exec(answer) ?? [];
    expect(JSON.parse(body ?? '')).toMatchObject({
      error,
      request_id: requestId,
      detail: expect.any(String) as string,
    });
    expect(Number(length)).toBe(body?.length);
  });

  it('is answered with ids and security headers, whatever it expects', async () => {
    const headers = ['Host: localhost', 'Expect: miracles', 'Content-Type: application/json', 'Content-Length: 2'];
    const answer = await request('POST /api/auth/api-keys', headers, '{}');
    expect(answer).toMatch(/x-request-id: /i);
    expect(answer).toMatch(/x-content-type-options: nosniff/i);
  });

  it('gets the headers of an event stream alone when it asks for no more', async () => {
    const answer = await request('HEAD /api/events/stream', ['Host: localhost']);
    expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*text\/event-stream[\s\S]*\r\n\r\n$/);
  });

  it.each([
    ['a list', `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['an object', `{"config":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`],
  ])('cannot exhaust the stack with %s', async (_, body) => {
    for (const path of ['/api/auth/api-keys', '/api/cloud/jobs/submit?provider=process']) {
      const headers = { 'Content-Type': 'application/json' };
      expect((await server.get(path, { method: 'POST', headers, body })).status, path).toBe(400);
    }
  });

  it.each(['application/json-patch', 'application/json x'])(
    'cannot have a filter passed over by sending it as %s',
    async (type) => {
      const init = { method: 'POST', headers: { 'Content-Type': type }, body: '{"provider":"none"}' };
      expect((await server.get('/api/cloud/webhooks/replay', init)).status).toBe(415);
    },
  );

  it.each([
    '/api/cloud/jobs?created_after=2026-W01',
    '/api/cloud/jobs?q=%00',
    '/api/cloud/jobs/%00',
    '/api/cloud/jobs/%E0%A4%A',
    '/api/cloud/providers/%C0%AE/config',
    '/api/cloud/jobs?created_before=20261123',
    '/api/cloud/webhooks/deliveries?provider=%00',
    '/api/cloud/webhooks/deliveries/%00',
    '/api/audit?actor_id=a%00b',
    '/api/audit?since=2026-W01',
  ])('gets no fault of the server from %s', async (path) => {
    expect([400, 422]).toContain((await server.get(path)).status);
  });

  it.each(['provider', 'state', 'job_id', 'webhook_id'])(
    'cannot have everything processed again by a filter on %s that is none',
    async (name) => {
      for (const value of [null, '', [], {}, 7])
        expect((await server.send('POST', '/api/cloud/webhooks/replay', { [name]: value })).status).toBe(422);
    },
  );

  it('cannot follow jobs with a key that may not see any', async () => {
    const made = await server.send('POST', '/api/auth/api-keys', { name: 'narrow', scopes: ['config.view'] });
    const { key } = (await made.json()) as { key: string };
    const narrow = await server.get('/api/events/stream', { headers: { 'X-API-Key': key } });
    expect(narrow.status).toBe(403);
    await narrow.body?.cancel();
  });
});
