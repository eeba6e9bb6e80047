import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from '../support/server.js';

const CLI = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const remote = { 'X-Forwarded-For': '203.0.113.7' };

interface Page {
  entries: {
    sequence: number;
    event_type: string;
    actor_id: string;
    target_id: string;
    ip: string;
    timestamp: string;
  }[];
  total: number;
  has_more: boolean;
  next_cursor: string | null;
}

describe('the audit log over HTTP', () => {
  let server: ServerProcess;
  const keys: { id: string; key: string }[] = [];

  // Ten keys made and five of them revoked: fifteen rows.
  beforeAll(async () => {
    server = await ServerProcess.start();
    for (let index = 0; index < 10; index += 1) {
      const scopes = index === 1 && { scopes: ['config.view', 'api.keys.own'] };
      const response = await server.send('POST', '/api/auth/api-keys', { name: `key-${index}`, ...scopes });
      expect(response.status).toBe(201);
      keys.push((await response.json()) as { id: string; key: string });
    }
    for (const { id } of keys.slice(5)) await server.send('DELETE', `/api/auth/api-keys/${id}`);
  });
  afterAll(() => server.dispose());

  const list = (query: string): Promise<Page> => server.json<Page>(`/api/audit?${query}`);

  it('lists newest first and pages without gap or overlap', async () => {
    const seen: number[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Page = await list(`limit=4${cursor && `&cursor=${cursor}`}`);
      expect(page.total).toBe(15);
      seen.push(...page.entries.map(({ sequence }) => sequence));
      expect(page.has_more).toBe(page.next_cursor !== null);
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(Array.from({ length: 15 }, (_, index) => 15 - index));
  });

  it('filters by type, full or short or several, by target and by time', async () => {
    expect((await list('event_type=api_key.revoked')).total).toBe(5);
    expect((await list('event_type=revoked&limit=2')).entries).toHaveLength(2);
    expect((await list('event_type=api_key.revoked&event_type=created&limit=100')).entries).toHaveLength(15);
    expect((await list(`target_id=${keys[7]?.id}`)).entries.map(({ event_type }) => event_type)).toEqual([
      'api_key.revoked',
      'api_key.created',
    ]);
    expect((await list('actor_id=local&ip=127.0.0.1&target_type=api_key')).total).toBe(15);
    expect((await list('actor_id=nobody')).entries).toEqual([]);
    const { entries } = await list('limit=1');
    expect((await list(`until=${entries[0]?.timestamp}&since=2026-01-01T00:00:00Z`)).total).toBeLessThan(15);
    expect((await list('until=2020-01-01T00:00:00Z')).total).toBe(0);
  });

  it.each([
    'event_type=nonsense',
    'limit=501',
    'limit=0',
    'cursor=rubbish',
    'since=yesterday',
    'until=2026-W01-1',
    'colour=red',
  ])('refuses %s', async (query) => {
    expect((await server.get(`/api/audit?${query}`)).status).toBe(422);
  });

  it('names its types and keeps counts', async () => {
    expect((await server.json<{ types: string[] }>('/api/audit/types')).types).toContain('security.rate_limited');
    expect(await server.json('/api/audit/stats')).toEqual({
      total: 15,
      last_24h: 15,
      by_type: { 'api_key.created': 10, 'api_key.revoked': 5 },
    });
  });

  it('verifies all of it, or a part', async () => {
    expect(await server.json('/api/audit/verify')).toMatchObject({ valid: true, checked_rows: 15, from_segment: 1 });
    const part = await server.json('/api/audit/verify?from=3&to=7');
    expect(part).toMatchObject({ valid: true, checked_rows: 5, from_sequence: 3, to_sequence: 7 });
    expect((await server.get('/api/audit/verify?from=1000')).status).toBe(422);
  });

  it('signs a checkpoint soon', async () => {
    await expect
      .poll(() => server.json<{ checkpoints: object[] }>('/api/audit/checkpoints'), { timeout: 20_000 })
      .toMatchObject({ checkpoints: [{ segment: 1, ends_segment: false }], has_more: false });
  });

  it('does not export a filtered JSONL, which could not be proved', async () => {
    expect((await server.get('/api/audit/export?format=jsonl&actor_id=local')).status).toBe(422);
  });

  describe('an export', () => {
    const cli = async (...args: string[]): Promise<{ code: number; output: string }> => {
      try {
        const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...args], {
          env: { PATH: process.env['PATH'], SIMPLETUNER_HOME: server.home, HOME: server.home },
        });
        return { code: 0, output: stdout };
      } catch (error) {
        const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
        return { code, output: stdout + stderr };
      }
    };
    const at = (name: string): string => join(server.home, name);
    const save = async (name: string, query = ''): Promise<void> =>
      writeFileSync(at(name), await (await server.get(`/api/audit/export${query}`)).text());

    beforeAll(async () => {
      await save('all.jsonl');
      await save('part.jsonl', '?from=4&to=9');
      writeFileSync(at('pub.pem'), (await cli('audit', 'public-key')).output);
    });

    it('is proved with nothing but the file and the public key', async () => {
      expect(await cli('audit', 'verify', at('all.jsonl'), '--key', at('pub.pem'))).toMatchObject({
        code: 0,
        output: expect.stringContaining('Valid: 15 rows, 1 to 15') as string,
      });
      expect((await cli('audit', 'verify', at('part.jsonl'), '--key', at('pub.pem'))).output).toContain(
        '6 rows, 4 to 9',
      );
    });

    it('is proved on a machine that knows nothing of the server, and leaves nothing there', async () => {
      const elsewhere = mkdtempSync(join(tmpdir(), 'simpletuner-auditor-'));
      const files = ['all.jsonl', 'pub.pem'];
      for (const name of files) copyFileSync(at(name), join(elsewhere, name));
      const args = [CLI, 'audit', 'verify', 'all.jsonl', '--key', 'pub.pem'];
      const { stdout } = await promisify(execFile)(process.execPath, args, {
        cwd: elsewhere,
        env: { HOME: elsewhere },
      });
      expect(stdout).toContain('Valid: 15 rows, 1 to 15');
      expect(readdirSync(elsewhere).sort()).toEqual(files);
      rmSync(elsewhere, { recursive: true });
    });

    it('is refused once a row was changed, and the row is named', async () => {
      const text = readFileSync(at('all.jsonl'), 'utf8');
      const lines = text.split('\n');
      writeFileSync(at('changed.jsonl'), text.replace('key-3', 'key-4'));
      writeFileSync(at('shorter.jsonl'), lines.filter((_, index) => index !== 5).join('\n'));
      const changed = await cli('audit', 'verify', at('changed.jsonl'), '--key', at('pub.pem'));
      expect(changed).toEqual({ code: 1, output: expect.stringContaining('Row 4: its content') as string });
      expect((await cli('audit', 'verify', at('shorter.jsonl'), '--key', at('pub.pem'))).code).toBe(1);
    });

    it('is refused with the key of another server, and a file that is no key is said to be none', async () => {
      const { generateKeyPairSync } = await import('node:crypto');
      const { publicKey } = generateKeyPairSync('ed25519');
      writeFileSync(at('other.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
      expect((await cli('audit', 'verify', at('all.jsonl'), '--key', at('other.pem'))).output).toContain('NOT VALID');
      expect((await cli('audit', 'verify', at('all.jsonl'), '--key', at('all.jsonl'))).output).toContain(
        'no public key',
      );
      expect((await cli('audit', 'verify', at('none'), '--key', at('pub.pem'))).output).toContain('cannot be read');
    });
  });

  it('is for holders of admin.audit only', async () => {
    const paths = ['', '/types', '/stats', '/verify', '/checkpoints', '/export'];
    for (const path of paths) {
      const narrow = { ...remote, 'X-API-Key': keys[1]?.key ?? '' };
      expect((await server.get(`/api/audit${path}`, { headers: narrow })).status).toBe(403);
      expect((await server.get(`/api/audit${path}`, { headers: remote })).status).toBe(401);
      const whole = { ...remote, 'X-API-Key': keys[2]?.key ?? '' };
      expect((await server.get(`/api/audit${path}`, { headers: whole })).status).toBe(200);
    }
  });

  it('exports a filtered spreadsheet, oldest first', async () => {
    const response = await server.get('/api/audit/export?format=csv&event_type=api_key.revoked&to=13');
    expect(response.headers.get('content-type')).toContain('text/csv');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="audit-1-13.csv"');
    const [header, ...rows] = (await response.text()).trimEnd().split('\r\n');
    expect(header).toContain('"sequence","timestamp","event_type"');
    expect(rows.map((row) => row.split(',')[0])).toEqual(['11', '12', '13']);
    expect(rows[0]).toContain('"api_key.revoked","local","local","127.0.0.1","api_key"');
  });

  it('is still one valid chain after a kill and a restart', async () => {
    await server.kill();
    await server.restart();
    await server.send('POST', '/api/auth/api-keys', { name: 'after' });
    expect(await server.json('/api/audit/verify')).toMatchObject({ valid: true, first_bad_sequence: null });
  });
});
