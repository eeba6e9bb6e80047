import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freshDatabase } from '../support/databases.js';
import { ServerProcess } from '../support/server.js';

/** The processes that a server has started and that are still running (proc(5)). */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

function linesWith(server: ServerProcess, message: string): number {
  return server.log.split(`"message":"${message}"`).length - 1;
}

describe.each(['sqlite', 'postgres'] as const)('SIMPLETUNER_WORKERS=2 over %s', (kind) => {
  let server: ServerProcess;

  beforeAll(async () => {
    const records: Record<string, string> =
      kind === 'sqlite' ? {} : { SIMPLETUNER_DATABASE_URL: await freshDatabase(kind) };
    // Not exempt from limits, so that both processes can be seen counting together.
    server = await ServerProcess.start({ env: { ...records, SIMPLETUNER_WORKERS: '2', NODE_ENV: 'production' } });
    await vi.waitFor(() => expect(linesWith(server, 'Server started')).toBe(2), { timeout: 30_000 });
  });
  afterAll(() => server.dispose());

  it('serves one address with two processes, which share what they count and store', async () => {
    expect(childrenOf(server.pid)).toHaveLength(2);
    const statuses = await Promise.all(
      Array.from({ length: 40 }, async () => {
        // A connection each: the operating system hands them to both processes.
        const { status } = await server.send('POST', '/api/auth/login', {}, { Connection: 'close' });
        return status;
      }),
    );
    expect(statuses.filter((status) => status !== 429)).toHaveLength(5);
    await server.json('/api/cloud/jobs');
  });

  it('writes one audit chain with both processes', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const body = { level: 'ERROR', minutes: 1 };
        return (await server.send('PUT', '/api/cloud/log-level', body, { Connection: 'close' })).status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    await server.send('PUT', '/api/cloud/log-level', { level: 'INFO' });
    const { by_type: counts } = await server.json<{ by_type: Record<string, number> }>('/api/audit/stats');
    expect(counts['config.changed']).toBe(41);
    expect(await server.json('/api/audit/verify')).toMatchObject({ valid: true, first_bad_sequence: null });
  });

  it('replaces a process that was killed, and answers meanwhile', async () => {
    const [victim] = childrenOf(server.pid);
    process.kill(victim!, 'SIGKILL');
    await expect.poll(async () => (await server.get('/api/cloud/health/live')).status).toBe(200);
    await expect.poll(() => linesWith(server, 'Server started'), { timeout: 30_000 }).toBe(3);
    const processes = childrenOf(server.pid);
    expect(processes).toHaveLength(2);
    expect(processes).not.toContain(victim);
  });

  it('ends all of them on SIGTERM, with exit code 0', async () => {
    const processes = childrenOf(server.pid);
    expect(await server.terminate()).toBe(0);
    for (const pid of processes) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
});

it('ends with the reason when no process can start', async () => {
  const holder = await ServerProcess.start();
  try {
    const taken = new URL(holder.ops).port;
    await expect(ServerProcess.start({ env: { SIMPLETUNER_WORKERS: '2', SIMPLETUNER_PORT: taken } })).rejects.toThrow(
      /The server ended with 1:[^]*is taken by another program/,
    );
  } finally {
    await holder.dispose();
  }
});
