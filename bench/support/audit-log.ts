import 'reflect-metadata';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock } from '#libs/clock';
import { Lifecycle } from '#libs/worker';
import { AuditChain } from '../../src/audit/audit-chain.js';
import type { AuditEvent } from '../../src/audit/index.js';
import { AuditVerifier } from '../../src/audit/audit-verifier.js';
import { ChainedAuditLog } from '../../src/audit/audit.service.js';
import { Checkpointer } from '../../src/audit/checkpointer.js';
import { entryColumns, valuesOf } from '../../src/audit/drivers/entry-row.js';
import { Parameters } from '../../src/audit/drivers/parameters.js';
import { SqlAuditRepository } from '../../src/audit/drivers/sql-audit.repository.js';
import { SqlCheckpointRepository } from '../../src/audit/drivers/sql-checkpoint.repository.js';
import { draftOf } from '../../src/audit/entry-draft.js';
import { Keyring } from '../../src/config/index.js';
import { createDataSource, Database, migrate } from '../../src/database/index.js';
import { schema } from '../../src/schema/index.js';

export const AUDIT_MASTER_KEY = 'a master key for benches only, 32 bytes';
const FILL_BATCH_ROWS = 500;
/** Each sample collects the garbage, so they are rare. */
const SAMPLE_INTERVAL_MS = 1_000;
const PLAIN_TABLE = 'plain_entries';

const event: AuditEvent = {
  type: 'job.submitted',
  actor: { id: 'api_key:ci', userId: 'local', address: '203.0.113.7' },
  targetType: 'job',
  targetId: '019376e2-0000-7000-8000-000000000000',
  details: { provider: 'replicate', config_name: 'flux-lora' },
};
/** One row in a thousand is of a type that is looked for. */
const rareTypes = ['security.webhook_rejected', 'auth.logout'] as const;

export interface AuditBench {
  append(): Promise<void>;
  /** The same row into a table of the same columns and indexes, without chain. */
  insertPlainly(): Promise<void>;
  fill(rowCount: number): Promise<void>;
  /** What GET /api/audit asks of the database: a page and its total. */
  list(types: readonly string[]): Promise<void>;
  verify(): Promise<{ checkedRows: number; heapPeakMiB: number }>;
  heapMiB(): number;
  close(): Promise<void>;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export async function openAuditBench(url: string, clock: Clock): Promise<AuditBench> {
  const source = await createDataSource({ databaseUrl: url, databasePoolSize: 10 }, schema).initialize();
  await migrate(source, url);
  const database = new Database(source, url);
  await copyTable(database);
  const entries = new SqlAuditRepository(database);
  const checkpoints = new SqlCheckpointRepository(database);
  const chain = new AuditChain(new Keyring(AUDIT_MASTER_KEY), clock);
  const log = new ChainedAuditLog(entries, chain, database, clock, new Lifecycle());
  const checkpointer = new Checkpointer(entries, checkpoints, chain, clock);
  const verifier = new AuditVerifier(entries, checkpoints, chain);
  const [sample] = await entries.append([draftOf(event, 'bench')], (draft, head) => chain.link(draft, head));
  if (!sample) throw new Error('The first row was not written');
  let plainRows = 0;
  return {
    append: () => log.record(event),
    insertPlainly: async () => {
      const parameters = new Parameters(database.dialect);
      const values = parameters.places(valuesOf({ ...sample, sequence: ++plainRows }));
      const sql = `INSERT INTO ${PLAIN_TABLE} (${entryColumns}) VALUES (${values})`;
      await database.run((manager) => manager.query(sql, parameters.values));
    },
    fill: async (rowCount) => {
      const draft = draftOf(event, 'bench');
      for (let written = (await entries.head()).sequence; written < rowCount; written += FILL_BATCH_ROWS) {
        const drafts = Array.from({ length: FILL_BATCH_ROWS }, (_, index) =>
          index === 0 ? { ...draft, type: rareTypes[(written / FILL_BATCH_ROWS) & 1] ?? draft.type } : draft,
        );
        await entries.append(drafts, (given, head) => chain.link(given, head));
        if (written % 50_000 < FILL_BATCH_ROWS) while (await checkpointer.round()) continue;
      }
      while (await checkpointer.round()) continue;
    },
    list: async (types) => {
      await Promise.all([entries.page({ types }, 100, undefined), entries.count({ types })]);
    },
    verify: async () => {
      let heapPeakMiB = 0;
      const timer = setInterval(() => (heapPeakMiB = Math.max(heapPeakMiB, heapMiB())), SAMPLE_INTERVAL_MS);
      const { checkedRows, finding } = await verifier.verify({});
      clearInterval(timer);
      if (finding) throw new Error(`The verification found ${finding.kind} ${finding.sequence}`);
      return { checkedRows, heapPeakMiB };
    },
    heapMiB,
    close: () => source.destroy(),
  };
}

/** What is in use; what the collector has not come to yet says nothing of a log's length. */
function heapMiB(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 1_048_576;
}

/** A table like the real one, made by its own migration's means: same columns, same indexes. */
async function copyTable(database: Database): Promise<void> {
  await database.run(async (manager) => {
    const runner = manager.dataSource.createQueryRunner();
    const original = await runner.getTable('audit_entries');
    if (!original) throw new Error('There is no table audit_entries');
    const copy = original.clone();
    copy.name = PLAIN_TABLE;
    copy.indices.forEach((index) => (index.name = index.name?.replace('audit_entries', PLAIN_TABLE)));
    for (const column of copy.columns) {
      column.primaryKeyConstraintName = undefined;
      column.default = undefined;
    }
    await runner.createTable(copy);
    if (!database.dialect.sharedConnection) await runner.release();
  });
}
