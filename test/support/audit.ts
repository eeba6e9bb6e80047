import { ManualClock } from '#libs/clock';
import { Lifecycle } from '#libs/worker';
import { AuditChain } from '../../src/audit/audit-chain.js';
import type { AuditEntry, EntryDraft } from '../../src/audit/audit-entry.js';
import { AuditExport } from '../../src/audit/audit-export.js';
import { AuditVerifier, type Verification, type VerifyRange } from '../../src/audit/audit-verifier.js';
import { ChainedAuditLog } from '../../src/audit/audit.service.js';
import { Checkpointer } from '../../src/audit/checkpointer.js';
import { SqlAuditRepository } from '../../src/audit/drivers/sql-audit.repository.js';
import { SqlCheckpointRepository } from '../../src/audit/drivers/sql-checkpoint.repository.js';
import { Keyring } from '../../src/config/index.js';
import { Database } from '../../src/database/index.js';
import { schema } from '../../src/schema/index.js';
import type { DatabaseKind } from './databases.js';
import { anotherConnection, openDatabase } from './sql.js';

export const masterKey = 'a master key for tests only, 32 bytes';

export function draft(extra: Partial<EntryDraft> = {}): EntryDraft {
  return {
    type: 'job.submitted', actorId: 'local', userId: 'local', address: '127.0.0.1', targetType: 'job', targetId: 'job-1',
    details: { text: '𝄞', nested: { b: 1, a: [1, 2.5, null] } }, correlationId: 'abc', ...extra,
  }; // prettier-ignore
}

/** The audit log over a database, put together without Nest. */
export class AuditUnderTest {
  readonly entries: SqlAuditRepository;
  readonly checkpoints: SqlCheckpointRepository;
  readonly chain: AuditChain;
  readonly checkpointer: Checkpointer;
  readonly verifier: AuditVerifier;
  readonly exporter: AuditExport;
  readonly lifecycle = new Lifecycle();
  readonly log: ChainedAuditLog;

  constructor(
    readonly database: Database,
    readonly clock = new ManualClock(),
    keyring = new Keyring(masterKey),
  ) {
    this.entries = new SqlAuditRepository(database);
    this.checkpoints = new SqlCheckpointRepository(database);
    this.chain = new AuditChain(keyring, clock);
    this.checkpointer = new Checkpointer(this.entries, this.checkpoints, this.chain, clock);
    this.verifier = new AuditVerifier(this.entries, this.checkpoints, this.chain);
    this.exporter = new AuditExport(this.entries, this.checkpoints, this.checkpointer);
    this.log = new ChainedAuditLog(this.entries, this.chain, database, clock, this.lifecycle);
  }

  static async open(kind: DatabaseKind): Promise<AuditUnderTest> {
    return new AuditUnderTest((await openDatabase(kind, schema)).database);
  }

  /** So many replicas with their own clocks, 7 s apart, and their own connections, where a process can have several. */
  static async openFleet(kind: DatabaseKind, count: number): Promise<AuditUnderTest[]> {
    const { url, database } = await openDatabase(kind, schema);
    const clocks = Array.from({ length: count }, (_, index) => new ManualClock(1_000_000 - index * 7_000));
    if (database.dialect.sharedConnection) return clocks.map((clock) => new AuditUnderTest(database, clock));
    return Promise.all(clocks.map(async (clock) => new AuditUnderTest(await anotherConnection(url, schema), clock)));
  }

  /** Another replica on the same database, with its own clock. */
  replica(clock: ManualClock): AuditUnderTest {
    return new AuditUnderTest(this.database, clock);
  }

  append(...extras: Partial<EntryDraft>[]): Promise<readonly AuditEntry[]> {
    return this.entries.append(extras.map(draft), (given, head) => this.chain.link(given, head));
  }

  /** Appends so many rows at once, a second after those before. */
  async fill(rowCount: number): Promise<void> {
    this.clock.advance(1_000);
    for (let left = rowCount; left > 0; left -= 200)
      await this.append(...Array.from({ length: Math.min(left, 200) }, (_, index) => ({ targetId: `job-${index}` })));
  }

  /** Signs the last row, whatever the interval. */
  async sign(): Promise<void> {
    this.clock.advance(300_000);
    while (await this.checkpointer.round()) continue;
  }

  verify(range: VerifyRange = {}): Promise<Verification> {
    return this.verifier.verify(range);
  }

  /** `altered 3`, or `nothing`. */
  async found(range: VerifyRange = {}): Promise<string> {
    const { finding } = await this.verify(range);
    return finding ? `${finding.kind} ${finding.sequence}` : 'nothing';
  }

  async sql(...statements: readonly string[]): Promise<void> {
    for (const statement of statements) await this.database.run((manager) => manager.query(statement));
  }
}
