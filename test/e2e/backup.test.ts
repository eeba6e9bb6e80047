import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rowsNow, soak } from '../../bench/support/backup-soak.js';
import { startServerReceiver } from '../../bench/support/receivers.js';
import { senderTo } from '../../bench/support/webhook-sender.js';
import { blocksOf } from '../docs/pages.js';
import { commandLine, type Said } from '../support/command-line.js';
import { freshDatabase } from '../support/databases.js';
import { GatedJobs } from '../support/gated-jobs.js';
import { ServerProcess } from '../support/server.js';
import { sqlKinds } from '../support/sql.js';

const remote = { 'X-Forwarded-For': '203.0.113.7' };

interface BackupView {
  readonly id: string;
  readonly trigger: string | null;
  readonly path: string;
  readonly job_count: number;
  readonly drill: { readonly status: string };
}

let server: ServerProcess;

const cli = (...args: string[]): Promise<Said> => commandLine(server.home, ['backup', ...args]);

const keyNames = async (): Promise<string[]> => {
  const { api_keys: keys } = await server.json<{ api_keys: { name: string }[] }>('/api/auth/api-keys');
  return keys.map(({ name }) => name).sort();
};
const addKey = async (name: string): Promise<void> => {
  expect((await server.send('POST', '/api/auth/api-keys', { name })).status).toBe(201);
};
const list = async (): Promise<BackupView[]> => (await server.json<{ backups: BackupView[] }>('/api/backup')).backups;

beforeAll(async () => {
  server = await ServerProcess.start();
  await addKey('first');
});
afterAll(() => server.dispose());

describe('backups over HTTP', () => {
  let backup: BackupView;

  it('are for holders of admin.backup', async () => {
    expect((await server.get('/api/backup', { headers: remote })).status).toBe(401);
    const response = await server.send('POST', '/api/auth/api-keys', { name: 'reader', scopes: ['config.view'] });
    const { key } = (await response.json()) as { key: string };
    const refused = await server.get('/api/backup', { headers: { ...remote, 'X-API-Key': key } });
    expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([403, 'permission_denied']);
  });

  it('are made, listed, verified and described', async () => {
    const response = await server.send('POST', '/api/backup', { compress: true });
    expect(response.status).toBe(201);
    backup = (await response.json()) as BackupView;
    expect(backup).toMatchObject({ has_manifest: true, trigger: 'manual', drill: { status: 'passed' } });
    expect(backup.id).toMatch(/^jobs_backup_\d{8}_\d{6}\.db\.gz$/);
    expect((await list()).map(({ id }) => id)).toEqual([backup.id]);
    const verified = await server.send('POST', `/api/backup/${backup.id}/verify`);
    expect(await verified.json()).toMatchObject({ ok: true, drill: { status: 'passed' } });
    const info = await server.json('/api/backup/info');
    expect(info).toMatchObject({ job_count: 0, schedule: null, retention_days: 30, last_failure: null, next_at: null });
    expect(info['path']).toBe(join(server.home, 'config/cloud/jobs.db'));
    const { components } = await server.json<{ components: { name: string }[] }>('/api/cloud/health');
    expect(components.find(({ name }) => name === 'backup')).toMatchObject({
      status: 'healthy',
      message: 'Last backup 0 min ago; no schedule',
    });
  });

  it('are restored into the running server, which goes on as if it had always been so', async () => {
    await addKey('second');
    const stream = await server.get('/api/events/stream');
    const response = await server.send('POST', `/api/backup/${backup.id}/restore`);
    expect(response.status).toBe(200);
    const { safety_copy: safety } = (await response.json()) as { safety_copy: BackupView };
    expect(await keyNames()).toEqual(['first', 'reader']);
    expect(await server.json('/api/cloud/health/ready')).toEqual({ status: 'ready' });
    expect(await server.json('/api/audit/verify')).toMatchObject({ valid: true });
    const { entries } = await server.json<{ entries: { details: unknown }[] }>('/api/audit?event_type=backup.restored');
    expect(entries).toMatchObject([{ target_id: backup.id, details: { replaced: { kept_in: safety.id } } }]);
    await addKey('third');
    // Readers of the event stream hear of it, and of what comes after it.
    const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
    let heard = '';
    while (!heard.includes('backup_restored')) {
      const { value, done } = await reader.read();
      expect(done, heard).toBe(false);
      heard += Buffer.from(value ?? []).toString();
    }
    await reader.cancel();
    // The workers work again: what they wrote is older than the restore no longer.
    const before = await server.json<{ last_24h: number }>('/api/audit/stats');
    expect(before.last_24h).toBeGreaterThan(0);
    expect((await server.send('POST', `/api/backup/${safety.id}/restore`)).status).toBe(200);
    expect(await keyNames()).toEqual(['first', 'reader', 'second']);
  });

  it('are restored while jobs run, which go on and end as they would have', async () => {
    const jobs = await GatedJobs.on(server);
    const jobId = await jobs.submit({ gate: 'end' });
    await jobs.when(jobId, 'running');
    const { id } = (await (await server.send('POST', '/api/backup', {})).json()) as BackupView;
    const lateId = await jobs.submit({ gate: 'end' });
    await jobs.when(lateId, 'running');
    expect((await server.send('POST', `/api/backup/${id}/restore`)).status).toBe(200);
    expect((await jobs.job(jobId)).status).toBe('running');
    expect((await server.get(`/api/cloud/jobs/${lateId}`)).status).toBe(404);
    jobs.open('end');
    await jobs.when(jobId, 'completed');
    expect((await server.send('DELETE', `/api/cloud/jobs/${jobId}`)).status).toBe(200);
  });

  it('are restored while others are made at the command line: each is whole', async () => {
    const [newest] = await list();
    const [restored, ...made] = await Promise.all([
      server.send('POST', `/api/backup/${newest?.id}/restore`),
      cli('create'),
      cli('create', '--compress'),
    ]);
    expect(restored.status).toBe(200);
    for (const { code, output } of made) expect([code, output]).toEqual([0, expect.stringContaining('drill: passed')]);
    expect(await server.json('/api/audit/verify')).toMatchObject({ valid: true });
    expect((await server.send('POST', '/api/backup/prune')).status).toBe(200);
  });

  it('come from the script for cron, too, which runs beside the server while it writes', async () => {
    const user = mkdtempSync(join(tmpdir(), 'simpletuner-cron-'));
    symlinkSync(server.home, join(user, '.simpletuner'));
    const script = blocksOf('docs/backup.md').find(({ text }) => text.startsWith('#!/bin/bash'))?.text ?? '';
    expect(script).toContain('BACKUP_DIR="/backup/simpletuner"');
    const file = join(user, 'simpletuner-backup');
    writeFileSync(file, script.replace('"/backup/simpletuner"', '"$HOME/backup"'), { mode: 0o755 });
    await addKey('cron');
    const [{ stdout }] = await Promise.all([
      promisify(execFile)(file, { env: { PATH: process.env['PATH'] ?? '', HOME: user } }),
      ...Array.from({ length: 20 }, () => server.get('/api/auth/api-keys')),
      server.send('PUT', '/api/cloud/providers/process', { max_concurrent: 3 }),
    ]);
    const [, made = ''] = /^Backup created: (.+\.db\.gz)$/m.exec(stdout) ?? [];
    // The server may have made one in the same second, which has the same name.
    const id = `by-cron_${basename(made)}`;
    copyFileSync(made, join(server.home, 'backups', id));
    await addKey('after cron');
    expect((await list()).find((listed) => listed.id === id)).toMatchObject({ has_manifest: false, drill: null });
    expect((await server.send('POST', `/api/backup/${id}/restore`)).status).toBe(200);
    const names = await keyNames();
    expect([names.includes('cron'), names.includes('after cron')]).toEqual([true, false]);
    rmSync(user, { recursive: true });
  });

  it('answer for what is not there, or not theirs', async () => {
    for (const id of ['jobs_backup_20200101_000000.db', '..%2F..%2Fjobs.db', '.draft-x', 'jobs.db%00']) {
      const response = await server.send('POST', `/api/backup/${id}/restore`);
      expect([404, 400], id).toContain(response.status);
    }
    writeFileSync(join(server.home, 'backups', 'notes.db'), 'no database at all');
    const response = await server.send('POST', '/api/backup/notes.db/restore');
    expect([response.status, ((await response.json()) as { error: string }).error]).toEqual([409, 'backup_damaged']);
    rmSync(join(server.home, 'backups', 'notes.db'));
    expect((await server.send('POST', '/api/backup', { compress: 'yes' })).status).toBe(422);
  });
});

describe('backups at the command line', () => {
  it('are made beside the running server, which is told by its audit log', async () => {
    const { code, output } = await cli('create');
    expect([code, output]).toEqual([0, expect.stringMatching(/^Backup created: .*\.db\n.*drill: passed/)]);
    const { entries } = await server.json<{ entries: unknown[] }>('/api/audit?event_type=backup.created&limit=1');
    expect(entries).toMatchObject([{ actor_id: expect.stringMatching(/^cli:/) as string }]);
    expect((await cli('list')).output.split('\n')[0]).toContain('drill: passed');
    expect((await cli('info')).output).toContain(`path: ${join(server.home, 'config/cloud/jobs.db')}`);
    expect((await cli('verify', (await list())[0]?.id ?? '')).output).toMatch(/^Good: /);
    expect((await cli('prune')).output).toBe('Nothing is old enough.\n');
  });

  it('are not restored under a running server', async () => {
    const [newest] = await list();
    const { code, output } = await cli('restore', newest?.id ?? '');
    expect([code, output]).toEqual([1, expect.stringContaining('in use by another server process: stop it first')]);
    expect(await keyNames()).toEqual(['cron', 'first', 'reader', 'second']);
  });

  it('are restored while no server runs', async () => {
    const [newest] = await list();
    await addKey('fourth');
    await server.terminate();
    const first = await cli('restore', newest?.id ?? '');
    expect([first.code, first.output]).toEqual([0, expect.stringMatching(/^Restored: [\s\S]*is kept in .*\.db/)]);
    await server.restart();
    expect(await keyNames()).toEqual(['cron', 'first', 'reader', 'second']);
    expect(await server.json('/api/audit/verify')).toMatchObject({ valid: true });
  });

  it('are deleted, but not the last good one', async () => {
    const all = await list();
    // What a restore has kept does not count.
    const last = all.find(({ trigger }) => trigger !== 'safety')?.id;
    const others = all.map(({ id }) => id).filter((id) => id !== last);
    for (const id of others) expect((await server.send('DELETE', `/api/backup/${id}`)).status).toBe(204);
    const refused = await server.send('DELETE', `/api/backup/${last}`);
    expect([refused.status, ((await refused.json()) as { error: string }).error]).toEqual([409, 'backup_last_good']);
    expect((await list()).map(({ id }) => id)).toEqual([last]);
  });
});

describe.each(sqlKinds)('backups of %s under a steady load of webhooks', (kind) => {
  it('are proved each time, and no receipt is missing', async () => {
    const receiver = await startServerReceiver(await freshDatabase(kind));
    const sender = senderTo(receiver, 16);
    try {
      const pace = { perSecond: 200, rounds: 2, roundMs: 0, makesBackups: true };
      const { received, backups } = await soak(receiver.server, sender, pace);
      expect(backups.map(({ drill }) => drill.status)).toEqual(['passed', 'passed']);
      expect(received).toBeGreaterThan(0);
      expect(await rowsNow(receiver.server, 'webhook_deliveries')).toBe(received);
    } finally {
      await sender.close();
      await receiver.close();
    }
  });
});

describe('the schedule', () => {
  it('is kept', async () => {
    await server.terminate();
    // Every second: the worker looks as it starts and then every few seconds.
    await server.restart({ SIMPLETUNER_BACKUP_SCHEDULE: '* * * * * *' });
    const count = (await list()).length;
    await vi.waitFor(async () => expect((await list()).length).toBeGreaterThan(count), {
      timeout: 40_000,
      interval: 500,
    });
    const [newest] = await list();
    expect(newest).toMatchObject({ trigger: 'scheduled', compressed: true, drill: { status: 'passed' } });
    expect(statSync(newest?.path ?? '').mode & 0o777).toBe(0o600);
    const info = await server.json<{ next_at: string; last_success_at: string }>('/api/backup/info');
    expect(Date.parse(info.next_at)).toBeGreaterThan(0);
    expect(Date.parse(info.last_success_at)).toBeGreaterThan(0);
    expect(existsSync(`${newest?.path}.manifest.json`)).toBe(true);
    expect(readFileSync(`${newest?.path}.manifest.json`, 'utf8')).not.toContain('secret');
  });
});
