import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from '#libs/clock';
import { isAlive } from '../support/servers.js';
import {
  firstLineAsPid,
  freshHome,
  processAdapter,
  reference,
  reportWhen,
  shell,
  submissionOf,
  workFolder,
} from '../support/process-adapter.js';

const program = fileURLToPath(new URL('../support/process-server.mjs', import.meta.url));
const home = freshHome();

async function startServer(command: readonly string[]): Promise<ChildProcess> {
  // Compiled code, as a real server runs it: without the conditions under which tests find the sources.
  const server = fork(program, [home, JSON.stringify(command)], { execArgv: [] });
  await answerOf(server);
  return server;
}

/** The next message; an error when the process ends instead of sending one. */
async function answerOf(server: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  server.once('exit', () => ended.abort());
  return (await once(server, 'message', { signal: ended.signal }))[0];
}

async function kill(server: ChildProcess): Promise<void> {
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
}

async function submitThrough(server: ChildProcess, submission: object): Promise<void> {
  const answered = answerOf(server);
  server.send(submission);
  await answered;
}

describe('a run whose server is killed', () => {
  it('goes on, and the next server takes it up again, with its log and its exit code', async () => {
    const gate = join(home, 'gate');
    const wait = `while [ ! -e "${gate}" ]; do sleep 0.05; done`;
    const command = shell(`echo "[TRAINING] Step 1/2"; ${wait}; echo "[TRAINING] Step 2/2"; exit 7`);
    const server = await startServer(command);
    const submission = submissionOf();
    await submitThrough(server, submission);
    await kill(server);
    const { adapter } = processAdapter({ home, command: [] });
    const running = await vi.waitUntil(async () => {
      const job = await adapter.status(reference(submission.jobId));
      return job?.progress && job;
    });
    expect(running).toMatchObject({ status: 'running', progress: { current: 1, total: 2 } });
    writeFileSync(gate, '');
    const failed = await reportWhen(adapter, submission.jobId, 'failed');
    expect(failed).toMatchObject({ rawStatus: 'exited 7', progress: { current: 2, total: 2 } });
    expect(failed.startedAtMs).toBe(running.startedAtMs);
  });

  it('is known to have ended although no server was there to see it', async () => {
    const server = await startServer(shell('sleep 0.3; echo done; exit 0'));
    const submission = submissionOf();
    await submitThrough(server, submission);
    await kill(server);
    await vi.waitUntil(() => existsSync(join(workFolder(home, submission.jobId), 'drained')), {
      timeout: 10_000,
    });
    const { adapter } = processAdapter({ home, command: [] });
    expect(await adapter.find(submission.jobId)).toMatchObject({ status: 'completed', logs: 'done\n' });
  });

  it('can still be cancelled by the next one', async () => {
    const server = await startServer(shell('sleep 1000'));
    const submission = submissionOf();
    await submitThrough(server, submission);
    await kill(server);
    const { adapter } = processAdapter({ home, command: [] });
    await adapter.cancel(reference(submission.jobId));
    expect((await reportWhen(adapter, submission.jobId, 'cancelled')).rawStatus).toBe('exited 143');
  });

  it('is killed by the next one when a cancellation was cut off before its end', async () => {
    const server = await startServer(shell('trap "" TERM; echo $$; while :; do sleep 0.1; done'));
    const submission = submissionOf();
    await submitThrough(server, submission);
    await kill(server);
    const folder = workFolder(home, submission.jobId);
    writeFileSync(join(folder, 'cancel'), '');
    // By way of an adapter: the log itself is not there at once.
    const trainer = await firstLineAsPid(processAdapter({ home, command: [] }).adapter, submission.jobId);
    const clock = new ManualClock(Date.now() + 60_000);
    const { sweeper, adapter } = processAdapter({ home, command: [], world: { clock } });
    await sweeper.start();
    await reportWhen(adapter, submission.jobId, 'cancelled');
    await sweeper.stop();
    await vi.waitUntil(() => !isAlive(trainer));
  });

  it('is started exactly once, wherever in the submission the server was killed', async () => {
    const starts = join(home, 'starts');
    const command = shell(`echo x >> "${starts}"`);
    for (let attempt = 0; attempt < 5; attempt += 1) {
      writeFileSync(starts, '');
      const server = await startServer(command);
      const submission = submissionOf();
      server.send(submission);
      // A different number of turns of the event loop each time: killed before, during and after the start.
      for (let turn = 0; turn < attempt * attempt * 100; turn += 1) await new Promise(setImmediate);
      await kill(server);
      const { adapter } = processAdapter({ home, command });
      await adapter.submit(submission);
      await reportWhen(adapter, submission.jobId, 'completed');
      expect(readFileSync(starts, 'utf8')).toBe('x\n');
    }
  });
});
