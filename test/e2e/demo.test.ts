import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from '../support/server.js';

const DEMO = fileURLToPath(new URL('../../scripts/demo.mjs', import.meta.url));

interface DemoRun {
  readonly code: number | null;
  readonly output: string;
}

async function runDemo(home: string, parameters: readonly string[]): Promise<DemoRun> {
  const child = spawn(process.execPath, [DEMO, ...parameters], {
    env: { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

interface ToldFile {
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The table of files that the demo prints. */
function toldFiles(output: string): ToldFile[] {
  return [...output.matchAll(/^ {2}(\S+)\s+(\d+) {2}([0-9a-f]{64})/gm)].map(
    ([, key = '', bytes = '', sha256 = '']) => ({
      key,
      bytes: Number(bytes),
      sha256,
    }),
  );
}

describe('npm run demo', () => {
  let home: string;
  let run: DemoRun;
  let server: ServerProcess;
  let jobId: string;

  // One run, in an empty home; then another server on what it left, which is asked over HTTP whether the demo told the truth.
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'simpletuner-demo-test-'));
    run = await runDemo(home, ['--quick', '--keep']);
    const kept = /^Kept: (\S+)/m.exec(run.output)?.[1];
    expect(kept, run.output).toBeDefined();
    server = await ServerProcess.start({ home: kept ?? '' });
    jobId = /submitted as (\S+)/.exec(run.output)?.[1] ?? '';
  });

  afterAll(async () => {
    await server.dispose();
    rmSync(home, { recursive: true });
  });

  it('succeeds', () => {
    expect(run.code, run.output).toBe(0);
    expect(run.output).toContain('Everything arrived as it was sent.');
    expect(run.output).not.toContain('FAIL');
  });

  it('trained for real: the job is completed, with a cost and a start before its end', async () => {
    const { job } = await server.json<{ job: Record<string, string & number> }>(`/api/cloud/jobs/${jobId}`);
    expect(job).toMatchObject({ job_id: jobId, status: 'completed', provider: 'process', hardware_type: 'local' });
    expect(job['cost_usd']).toBeGreaterThan(0);
    expect(run.output).toContain(`${Number(job['cost_usd']).toFixed(6)} USD`);
    expect(Date.parse(String(job['completed_at']))).toBeGreaterThan(Date.parse(String(job['started_at'])));
    const { logs } = await server.json<{ logs: string }>(`/api/cloud/jobs/${jobId}/logs`);
    const losses = [...logs.matchAll(/loss[ =:]+([0-9.]+)/gi)].map(([, loss]) => Number(loss));
    expect(losses.length, logs).toBeGreaterThan(3);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
  });

  it('brought home every file that it lists, with these bytes, and no other', async () => {
    const told = toldFiles(run.output);
    const extensions = new Set(told.map(({ key }) => key.split('.').at(-1)));
    for (const extension of ['safetensors', 'png', 'jsonl', 'log', 'json']) expect(extensions).toContain(extension);
    const listing = await (await server.get(`/api/cloud/storage/${jobId}?list-type=2`)).text();
    const objects = [...listing.matchAll(/<Key>(.*?)<\/Key>.*?<ETag>(.*?)<\/ETag>/gs)];
    expect(objects.map(([, key]) => key)).toEqual(told.map(({ key }) => key));
    expect(objects.some(([, , etag]) => /-\d+/.test(etag ?? ''))).toBe(true);
    for (const { key, bytes, sha256 } of told) {
      const body = Buffer.from(await (await server.get(`/api/cloud/storage/${jobId}/${key}`)).arrayBuffer());
      expect({ key, bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') }).toEqual({
        key,
        bytes,
        sha256,
      });
    }
  });

  it('left a timeline of every source, processed webhooks, and an audit chain that is whole', async () => {
    const { timeline } = await server.json<{ timeline: { source: string; note: string; to: string }[] }>(
      `/api/cloud/jobs/${jobId}/timeline?limit=1000`,
    );
    for (const source of ['user', 'dispatcher', 'webhook', 'upload'])
      expect(timeline.filter((event) => event.source === source).length, source).toBeGreaterThan(0);
    const uploads = timeline.filter(({ source }) => source === 'upload').map(({ note }) => note.split(' arrived')[0]);
    expect([...uploads].sort()).toEqual(toldFiles(run.output).map(({ key }) => key).sort()); // prettier-ignore
    const { deliveries } = await server.json<{ deliveries: { state: string; outcome: string }[] }>(
      `/api/cloud/webhooks/deliveries?job_id=${jobId}&limit=500`,
    );
    expect(deliveries.length).toBeGreaterThan(0);
    expect(new Set(deliveries.map(({ state }) => state))).toEqual(new Set(['processed']));
    const { entries } = await server.json<{ entries: { event_type: string }[] }>(`/api/audit?target_id=${jobId}`);
    expect(entries.map((entry) => entry.event_type)).toContain('job.submitted');
    expect(await server.json('/api/audit/verify')).toMatchObject({ valid: true });
  });

  it('leaves nothing behind that was not asked for', () => {
    const below = readdirSync(home);
    expect(below).toEqual([server.home.split('/').at(-1)]);
    expect(existsSync(join(server.home, 'outputs', jobId))).toBe(true);
  });
});
