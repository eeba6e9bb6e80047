import { Injectable } from '@nestjs/common';
import type { SignedCheckpoint } from '#libs/audit-chain';
import { Clock } from '#libs/clock';
import { currentCorrelationId } from '#libs/log';
import { Keyring } from '../config/index.js';
import type { Database } from '../database/index.js';
import { AuditChain } from './audit-chain.js';
import type { AuditEvent } from './audit-log.js';
import { Checkpointer } from './checkpointer.js';
import { SqlAuditRepository } from './drivers/sql-audit.repository.js';
import { SqlCheckpointRepository } from './drivers/sql-checkpoint.repository.js';
import { draftOf } from './entry-draft.js';

/** The audit log as it stands in one database. */
export interface AuditCopy {
  /** The last row; sequence 0 while there is none. */
  head(): Promise<{ readonly sequence: number; readonly hash: string }>;
  /** Whether the last row was written by a server with one of our master keys, and with it all rows that it leads back to. */
  isOurs(): Promise<boolean>;
  /** Adds a row at the end. */
  record(event: AuditEvent): Promise<void>;
  /** A signed checkpoint at a row; undefined when the row is not as it was written. */
  vouchFor(sequence: number): Promise<SignedCheckpoint | undefined>;
}

/** The audit log of databases that no server works with at the moment: a backup that is about to come back, or the one of a stopped server. */
@Injectable()
export class AuditCopies {
  private readonly chain: AuditChain;

  constructor(
    keyring: Keyring,
    private readonly clock: Clock,
  ) {
    this.chain = new AuditChain(keyring, clock);
  }

  in(database: Database): AuditCopy {
    const entries = new SqlAuditRepository(database);
    const checkpoints = new SqlCheckpointRepository(database);
    const checkpointer = new Checkpointer(entries, checkpoints, this.chain, this.clock);
    return {
      head: () => entries.head(),
      isOurs: async () => {
        const { sequence, hash } = await entries.head();
        if (sequence === 0) return true;
        const entry = await entries.find(sequence);
        if (entry) return entry.hash === hash && this.chain.isGenuine(entry);
        // Retention may have dropped it; the signed end of its segment stays.
        return (await checkpoints.find(sequence))?.hash === hash;
      },
      record: async (event) => {
        const draft = draftOf(event, currentCorrelationId());
        await entries.append([draft], (given, head) => this.chain.link(given, head));
      },
      vouchFor: (sequence) => checkpointer.vouchFor(sequence),
    };
  }
}
