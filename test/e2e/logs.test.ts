import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signWebhook } from '#libs/webhook-signature';
import { ReplicateDouble } from '../support/replicate-double.js';
import { ServerProcess } from '../support/server.js';

interface Line {
  readonly timestamp: string;
  readonly level: string;
  readonly logger: string;
  readonly message: string;
  readonly correlation_id: string | null;
  readonly source: { readonly file: string; readonly line: number; readonly function: string };
  readonly extra: Readonly<Record<string, unknown>>;
}

const WAIT_MS = 20_000;

let folder: string;
let file: string;
let double: ReplicateDouble;
let server: ServerProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'simpletuner-logs-'));
  file = join(folder, 'cloud.log');
  double = await ReplicateDouble.start();
  server = await ServerProcess.start({
    env: {
      SIMPLETUNER_LOG_FILE: file,
      SIMPLETUNER_PUBLIC_URL: 'https://home.example.com',
      SIMPLETUNER_JOB_POLL_INTERVAL: '3600',
      REPLICATE_API_TOKEN: ReplicateDouble.token,
      REPLICATE_API_BASE_URL: double.baseUrl,
    },
  });
});
afterAll(async () => {
  await server.dispose();
  rmSync(folder, { recursive: true });
});

const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line);
const lines = (): Line[] => linesOf(readFileSync(file, 'utf8'));
const accessOf = (id: string): Line[] =>
  lines().filter(({ logger, correlation_id }) => logger === 'simpletuner.cloud.access' && correlation_id === id);
const access = async (id: string): Promise<Line> => {
  await vi.waitFor(() => expect(accessOf(id)).toHaveLength(1), WAIT_MS);
  return accessOf(id)[0]!;
};
const as = (id: string): Record<string, string> => ({ 'X-Correlation-ID': id });
const setLevel = async (level: string): Promise<void> => {
  expect((await server.send('PUT', '/api/cloud/log-level', { level })).status).toBe(200);
};

describe('the line of a request', () => {
  it('is not written unless somebody looks for a fault', async () => {
    await server.get('/api/cloud/jobs', { headers: as('quiet') });
    await setLevel('DEBUG');
    await server.get('/api/cloud/jobs', { headers: as('loud') });
    await access('loud');
    expect(accessOf('quiet')).toEqual([]);
  });

  it('says what was asked, by whom, and what became of it', async () => {
    const response = await server.get('/api/cloud/jobs/no-such-job?page=1', {
      headers: { ...as('line-1'), 'X-Forwarded-For': '203.0.113.7' },
    });
    const { level, message, extra } = await access('line-1');
    expect([level, message]).toEqual(['DEBUG', 'Request answered']);
    expect(extra).toEqual({
      method: 'GET',
      route: '/api/cloud/jobs/{id}',
      status: 401,
      duration_ms: expect.any(Number) as number,
      bytes: expect.any(Number) as number,
      client: '203.0.113.7',
      actor: 'anonymous',
      listener: 'ops',
      request_id: response.headers.get('x-request-id'),
    });
    expect(extra['bytes']).toBeGreaterThan((await response.text()).length);
  });

  it('points into the TypeScript', async () => {
    await server.get('/api/cloud/jobs', { headers: as('line-2') });
    const { source } = await access('line-2');
    const text = readFileSync(join('src/http', source.file), 'utf8').split('\n');
    expect([source.file, text[source.line - 1]]).toEqual(['access-log.ts', expect.stringContaining('log.debug(')]);
    for (const line of lines().filter(({ source: { file: name } }) => name !== ''))
      expect(line.source.file).toMatch(/\.ts$/);
  });

  it('holds no secret, wherever a client has put it', async () => {
    const made = await server.send('POST', '/api/auth/api-keys', { name: 'logged' });
    const { key } = (await made.json()) as { key: string };
    const secret = 'hunter2hunter2';
    const headers = { ...as('line-3'), Authorization: `Bearer ${key}`, Cookie: `simpletuner_session=${secret}` };
    await server.get(`/api/cloud/jobs?token=${secret}&key=${key}`, { headers });
    await server.get(`/api/${key}/${secret}`, { headers: as('line-4') });
    expect((await access('line-3')).extra).toMatchObject({ actor: 'api_key:logged', route: '/api/cloud/jobs' });
    expect((await access('line-4')).extra).toMatchObject({ status: 404, route: 'unmatched' });
    const text = readFileSync(file, 'utf8') + server.log;
    expect(text).not.toContain(secret);
    expect(text).not.toContain(key);
  });

  it('keeps requests apart that run at the same time, on connections that they share', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `crowd-${index}`);
    const queue = [...ids];
    const caller = async (): Promise<void> => {
      for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
        const body = { name: id };
        const odd = Number(id.slice(6)) % 2 === 1;
        const response = odd
          ? await server.send('PUT', `/api/cloud/providers/${id}`, body, as(id))
          : await server.get(`/api/cloud/jobs/${id}`, { headers: as(id) });
        expect(response.headers.get('x-correlation-id')).toBe(id);
        await response.arrayBuffer();
      }
    };
    await Promise.all(Array.from({ length: 20 }, caller));
    await vi.waitFor(() => expect(ids.filter((id) => accessOf(id).length === 0)).toEqual([]), WAIT_MS);
    for (const id of ids) {
      const found = accessOf(id);
      const method = Number(id.slice(6)) % 2 === 1 ? 'PUT' : 'GET';
      expect([id, ...found.map(({ extra }) => extra['method'])]).toEqual([id, method]);
      expect(found[0]?.extra).not.toHaveProperty('job_id');
    }
  });
});

describe('a correlation id', () => {
  it('leads from a request to the provider, the inbox and the audit log, and back', async () => {
    const id = 'trace-abc123';
    const body = { config: { max_train_steps: 1 }, dataloader_config: [{ id: 'photos' }], hardware_profile: 'h100' };
    const submitted = await server.send('POST', '/api/cloud/jobs/submit?provider=replicate', body, as(id));
    const { job_id: jobId } = (await submitted.json()) as { job_id: string };
    await vi.waitFor(() => expect(double.predictions).toHaveLength(1), WAIT_MS);

    // The provider is called later, by a worker.
    const creation = double.requests.find(({ method, path }) => method === 'POST' && path.endsWith('/predictions'));
    expect(creation?.headers['x-correlation-id']).toBe(id);

    // Webhooks come to the address that the provider was given. It sends no header of ours back; a sender's own id counts.
    const address = new URL(double.predictions[0]!.webhook ?? '');
    const deliver = async (messageId: string, changes: object, headers: object): Promise<void> => {
      const event = JSON.stringify(double.update(double.predictions[0]!.id, changes));
      const signed = signWebhook({ id: messageId, timeMs: Date.now(), body: event, secrets: [double.webhookSecret] });
      const sent = await server.get(`${address.pathname}${address.search}`, {
        method: 'POST',
        headers: { ...signed, ...headers, 'Content-Type': 'application/json' },
        body: event,
      });
      const { delivery_id: deliveryId } = (await sent.json()) as { delivery_id: string };
      await vi.waitFor(async () => {
        const delivery = await server.json(`/api/cloud/webhooks/deliveries/${deliveryId}`);
        const correlationId = messageId === 'msg_1' ? id : 'sender-7';
        expect(delivery).toMatchObject({ job_id: jobId, correlation_id: correlationId, outcome: 'applied' });
      }, WAIT_MS);
    };
    await deliver('msg_1', { status: 'starting', logs: 'first' }, {});
    await deliver('msg_2', { status: 'processing' }, as('sender-7'));

    // The job is cancelled by a third request: its row has that id, and the job's rows lead back to the first.
    await server.send('POST', `/api/cloud/jobs/${jobId}/cancel`, undefined, as('operator-9'));
    const { entries } = await server.json<{ entries: { event_type: string; correlation_id: string }[] }>(
      `/api/audit?target_id=${jobId}`,
    );
    expect(entries.map(({ event_type: type, correlation_id: row }) => [type, row])).toEqual([
      ['job.cancelled', 'operator-9'],
      ['job.submitted', id],
    ]);
    const ofRequest = lines().filter(({ correlation_id: line }) => line === id);
    expect(ofRequest.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['Request answered', 'Job handed to its provider']),
    );
    expect(ofRequest.find(({ message }) => message === 'Job handed to its provider')?.extra).toMatchObject({
      job_id: jobId,
      provider: 'replicate',
    });
  });
});

describe('the log file', () => {
  const written = async (id: string): Promise<Line> => {
    await server.get('/api/cloud/jobs', { headers: as(id) });
    return access(id);
  };

  it('survives a rotation that renames it, and one that copies and cuts it', async () => {
    await written('before');
    renameSync(file, `${file}.1`);
    await vi.waitFor(() => expect(existsSync(file)).toBe(true), WAIT_MS);
    await written('renamed');
    expect(readFileSync(`${file}.1`, 'utf8')).toContain('"before"');
    copyFileSync(file, `${file}.2`);
    truncateSync(file);
    await written('cut');
    // A writer that kept its place would have left a hole of zeros before its next line.
    expect(readFileSync(file, 'utf8')).toMatch(/^\{"timestamp":"/);
    expect(readFileSync(`${file}.2`, 'utf8')).toContain('"renamed"');
  });

  it('is opened anew on SIGHUP', async () => {
    renameSync(file, `${file}.3`);
    process.kill(server.pid, 'SIGHUP');
    await vi.waitFor(() => expect(existsSync(file)).toBe(true), WAIT_MS);
    await written('after-signal');
  });

  it('that cannot be opened stops the start, and the message names the setting', async () => {
    const below = join(file, 'cloud.log');
    const start = ServerProcess.start({ env: { SIMPLETUNER_LOG_FILE: below } });
    await expect(start).rejects.toThrow(`The log file ${below} cannot be opened`);
    await expect(start).rejects.toThrow('SIMPLETUNER_LOG_FILE');
  });
});

describe('an error that nobody catches', () => {
  it('is a line of the log without its secrets, and ends the process', () => {
    const program = `
      const { logUncaughtErrors } = await import('./dist/src/logging.js');
      const { configureLogging } = await import('./dist/libs/log/index.js');
      configureLogging();
      logUncaughtErrors();
      Promise.reject(new Error('refused: Authorization: Bearer r8_abcdefghijklmnop'));
      setInterval(() => undefined, 1_000);`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      timeout: WAIT_MS,
    });
    expect([status, stderr]).toEqual([1, '']);
    expect(linesOf(stdout)).toMatchObject([
      { level: 'ERROR', extra: { error: { message: 'refused: Authorization: Bearer [redacted]' } } },
    ]);
  });
});
