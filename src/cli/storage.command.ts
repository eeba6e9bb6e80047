import { Config } from '../config/index.js';
import { faults, Reindexing, StorageVerification, type Finding, type Tally } from '../storage/index.js';
import { createServer } from '../app.js';
import type { CommandContext } from './command-context.js';

const MEANINGS: Readonly<Record<Finding['kind'], string>> = {
  missing: 'the bytes are nowhere: restore the file from a backup',
  different: 'other bytes lie here than those that arrived: restore the file from a backup',
  unknown: 'no object explains this file: `storage reindex` makes it one',
  adopted: 'is an object now',
  relocated: 'was restored or copied here; the index knows it again',
  forgotten: 'is no object any more: its bytes were nowhere',
  ownerless: 'the database knows no such job: restore the database first',
};

/** Re-reads what is stored, of one job or of all; exit code 1 when something is missing or different. */
export async function verify(context: CommandContext, options: { job?: string }): Promise<void> {
  await withStorage(context, (app) => app.verification.run(app.tally, options.job), 'verified');
}

/** Makes the index say again what lies on the disk; exit code 1 when something is missing, different or without a job. */
export async function reindex(context: CommandContext, options: { forgetMissing?: boolean }): Promise<void> {
  await withStorage(context, (app) => app.reindexing.run(app.tally, options.forgetMissing === true), 'looked at');
}

interface Tools {
  readonly verification: StorageVerification;
  readonly reindexing: Reindexing;
  readonly tally: Tally;
}

/** Puts the server together without starting it, so that the command does what the server would do, also beside one. */
async function withStorage(
  { config, print }: CommandContext,
  work: (tools: Tools) => AsyncIterable<Finding>,
  done: string,
): Promise<void> {
  const server = await createServer(quiet(config()));
  try {
    const tally: Tally = { objects: 0, bytes: 0 };
    const counts = new Map<Finding['kind'], number>();
    const [verification, reindexing] = [server.app.get(StorageVerification), server.app.get(Reindexing)];
    for await (const { kind, jobId, key } of work({ verification, reindexing, tally })) {
      print(`${kind}: ${JSON.stringify(`${jobId}/${key}`)}: ${MEANINGS[kind]}`);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    const found = [...counts].map(([kind, count]) => `, ${count} ${kind}`).join('');
    print(`${tally.objects} files ${done} (${tally.bytes} bytes read)${found}.`);
    if ([...counts.keys()].some((kind) => faults.has(kind))) process.exitCode = 1;
  } finally {
    await server.app.get(StorageVerification).close();
    await server.app.close();
  }
}

/** The findings are the output; the log of the parts that are put together is not. */
function quiet(config: Config): Config {
  const { sources, paths, programEnvironment, variable } = config;
  return new Config({ ...config.settings, logLevel: 'ERROR' }, sources, paths, programEnvironment, variable);
}
