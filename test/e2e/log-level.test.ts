import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freshRedisSpace } from '../support/databases.js';
import { ServerProcess } from '../support/server.js';

describe('PUT /api/cloud/log-level', () => {
  let servers: readonly ServerProcess[];
  beforeAll(async () => {
    const { url, prefix } = freshRedisSpace();
    const env = { STATE_BACKEND: 'redis', STATE_BACKEND_URL: url, STATE_BACKEND_KEY_PREFIX: prefix };
    servers = await Promise.all([ServerProcess.start({ env }), ServerProcess.start({ env })]);
  });
  afterAll(() => Promise.all(servers.map((server) => server.dispose())));

  const levelAt = async (server: ServerProcess): Promise<unknown> =>
    (await server.json<{ level: string }>('/api/cloud/log-level')).level;

  it('changes the level of every process for a while, says until when, and is recorded', async () => {
    const [one, other] = servers as [ServerProcess, ServerProcess];
    const answer = await one.send('PUT', '/api/cloud/log-level', { level: 'DEBUG', minutes: 5 });
    const view = (await answer.json()) as { level: string; default_level: string; expires_at: string };
    expect(view).toMatchObject({ level: 'DEBUG', default_level: 'INFO' });
    expect(Date.parse(view.expires_at) - Date.now()).toBeLessThanOrEqual(300_000);
    await vi.waitFor(async () => expect(await levelAt(other)).toBe('DEBUG'));
    const { entries } = await one.json<{ entries: object[] }>('/api/audit?event_type=config.changed');
    expect(entries[0]).toMatchObject({ target_id: 'SIMPLETUNER_LOG_LEVEL', details: { level: 'DEBUG', minutes: 5 } });
  });

  it('returns to the configured level when that is asked for', async () => {
    const [one, other] = servers as [ServerProcess, ServerProcess];
    const answer = await other.send('PUT', '/api/cloud/log-level', { level: 'INFO' });
    expect(await answer.json()).toEqual({ level: 'INFO', default_level: 'INFO', expires_at: null });
    await vi.waitFor(async () => expect(await levelAt(one)).toBe('INFO'));
  });

  it.each([
    { level: 'LOUD' },
    { level: 'DEBUG', minutes: 0 },
    { level: 'DEBUG', minutes: 1.5 },
    { level: 'DEBUG', for: 5 },
    {},
  ])('refuses %j', async (body) =>
    expect((await servers[0]!.send('PUT', '/api/cloud/log-level', body)).status).toBe(422),
  );
});
