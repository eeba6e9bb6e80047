import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorityPem, localhostPem } from '../support/certificates.js';
import { ServerProcess } from '../support/server.js';
import { freePort } from '../support/servers.js';
import { blocksOf, pages } from './pages.js';

const run = promisify(execFile);

/** An answer of 400 or more is a failure here, and a stream that never ends is read for a while. */
const PRELUDE = `set -euo pipefail
curl() {
  local limit=20; case " $* " in *" -N "*) limit=2;; esac
  command curl --no-progress-meter --fail-with-body --max-time $limit "$@" || [ $? = 28 -a $limit = 2 ]
}
`;

/** A server with one job, and a reader's machine around it. */
class Reader {
  private constructor(
    private readonly server: ServerProcess,
    private readonly home: string,
    private readonly jobId: string,
  ) {}

  static async sitDown(): Promise<Reader> {
    const home = mkdtempSync(join(tmpdir(), 'simpletuner-reader-'));
    const server = await ServerProcess.start({
      home: join(home, '.simpletuner'),
      env: { SIMPLETUNER_PUBLIC_PORT: String(await freePort()) },
    });
    const bin = join(home, 'bin');
    for (const folder of [bin, join(home, 'backup')]) mkdirSync(folder);
    symlinkSync(resolve('bin/simpletuner-cloud.js'), join(bin, 'simpletuner-cloud'));
    writeFileSync(join(home, 'corporate-ca.crt'), authorityPem);
    writeFileSync(join(home, 'server.crt'), localhostPem);
    await server.send('PUT', '/api/cloud/providers/process', { command: ['true'] });
    const submitted = await server.send('POST', '/api/cloud/jobs/submit?provider=process', { config: {} });
    return new Reader(server, home, ((await submitted.json()) as { job_id: string }).job_id);
  }

  /** Types a block. Addresses, placeholders and places outside the home become those of this machine. */
  async type(text: string): Promise<void> {
    const { home } = this;
    const { ops, public: way } = this.server;
    const typed = text
      .replaceAll('http://localhost:8080', ops)
      .replaceAll('http://localhost:8001', way)
      .replaceAll('{provider}', 'process')
      .replaceAll(/\{(job_)?id\}/g, this.jobId)
      .replaceAll('/etc/pki/tls/certs/', `${home}/`)
      .replaceAll(' server.crt', ` ${home}/server.crt`)
      .replaceAll(/(?<=[\s"'=])\/backup\b/g, `${home}/backup`);
    const { PATH = '' } = process.env;
    await run('bash', ['-c', PRELUDE + typed], {
      env: {
        PATH: [join(home, 'bin'), PATH].join(delimiter),
        ...{ HOME: home, PWD: process.cwd(), JOB: this.jobId, NO_COLOR: '1' },
        ...{ SIMPLETUNER_PORT: new URL(ops).port, SIMPLETUNER_PUBLIC_PORT: new URL(way).port },
      },
    }).catch((error: unknown) => {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${typed}\n${stdout}\n${stderr}`);
    });
  }

  async leave(): Promise<void> {
    await this.server.dispose();
    rmSync(this.home, { recursive: true, force: true });
  }
}

// Japanese pages have the same commands (pages.test.ts).
const typed = pages()
  .filter((page) => !page.includes('/ja/'))
  .map((page) => ({
    page,
    blocks: blocksOf(page).filter(({ language, needs }) => language === 'bash' && needs === ''),
  }))
  .filter(({ blocks }) => blocks.length > 0);

let reader: Reader;
beforeAll(async () => {
  reader = await Reader.sitDown();
});
afterAll(() => reader.leave());

describe.each(typed)('$page', ({ blocks }) => {
  it.each(blocks)('line $line works as printed', async ({ text }) => {
    await expect(reader.type(text)).resolves.toBeUndefined();
  });
});
