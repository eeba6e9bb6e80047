import { Injectable } from '@nestjs/common';
import { exportLine, type SignedCheckpoint } from '#libs/audit-chain';
import { DomainError, invalidFields } from '../http/index.js';
import type { AuditEntry } from './audit-entry.js';
import { sealedRowOf } from './audit-row.js';
import { timestampOf } from './audit.dto.js';
import { AuditRepository, type AuditFilter, type WalkRange } from './audit.repository.js';
import { Checkpointer } from './checkpointer.js';
import { CheckpointRepository } from './checkpoint.repository.js';
import { csvRecord } from './csv.js';

const CHUNK_CHARS = 65_536;

const csvColumns = [
  'sequence', 'timestamp', 'event_type', 'actor_id', 'user_id', 'ip', 'target_type', 'target_id', 'details', 'correlation_id',
  'hash',
]; // prettier-ignore

export interface ExportWish {
  readonly format: 'jsonl' | 'csv';
  /** First and last row, both included; all there are when left out. */
  readonly from?: number;
  readonly to?: number;
  readonly filter: AuditFilter;
}

/** A file of rows, read from the log as it is sent. */
export interface AuditExportFile {
  readonly name: string;
  readonly contentType: string;
  readonly chunks: AsyncGenerator<string, undefined>;
}

/** Writes rows to files: JSONL that can be proved without this server, CSV for spreadsheets. */
@Injectable()
export class AuditExport {
  constructor(
    private readonly entries: AuditRepository,
    private readonly checkpoints: CheckpointRepository,
    private readonly checkpointer: Checkpointer,
  ) {}

  async open(wish: ExportWish): Promise<AuditExportFile> {
    const range = await this.rangeOf(wish);
    const name = `audit-${range.fromSequence}-${range.toSequence}.${wish.format}`;
    if (wish.format === 'csv')
      return { name, contentType: 'text/csv; charset=utf-8; header=present', chunks: chunked(this.csv(range)) };
    if (Object.values(wish.filter).some((value) => value !== undefined))
      throw invalidFields([
        { field: 'format', message: 'jsonl is proved as a whole and cannot be filtered but by from and to; csv can' },
      ]);
    const closing = await this.closing(range.toSequence);
    return { name, contentType: 'application/x-ndjson', chunks: chunked(this.lines(range, closing)) };
  }

  private async rangeOf({ from, to, filter }: ExportWish): Promise<WalkRange> {
    const { sequence } = await this.entries.head();
    const { retiredThrough } = await this.checkpoints.progress();
    const range = {
      fromSequence: Math.max(from ?? 1, retiredThrough + 1),
      toSequence: Math.min(to ?? sequence, sequence),
    };
    if (range.toSequence > 0 && range.fromSequence > range.toSequence)
      throw invalidFields([{ field: from === undefined ? 'to' : 'from', message: 'leaves no row to export' }]);
    return { ...range, filter };
  }

  private async closing(sequence: number): Promise<SignedCheckpoint | undefined> {
    if (sequence === 0) return undefined;
    const checkpoint = await this.checkpointer.vouchFor(sequence);
    if (checkpoint) return checkpoint;
    throw new DomainError(
      'conflict',
      'audit_chain_broken',
      `Row ${sequence} is not as it was written, so the export cannot be signed: see GET /api/audit/verify.`,
    );
  }

  private async *lines(range: WalkRange, closing: SignedCheckpoint | undefined): AsyncGenerator<string, undefined> {
    const checkpoints = this.checkpoints.walk(range.fromSequence)[Symbol.asyncIterator]();
    let next = await checkpoints.next();
    let rowCount = 0;
    yield `${exportLine({ kind: 'begin' })}\n`;
    for await (const entry of this.entries.walk(range)) {
      yield `${exportLine({ kind: 'row', row: sealedRowOf(entry) })}\n`;
      rowCount += 1;
      for (; !next.done && next.value.sequence <= entry.sequence; next = await checkpoints.next())
        if (next.value.sequence < range.toSequence)
          yield `${exportLine({ kind: 'checkpoint', checkpoint: next.value })}\n`;
    }
    if (closing) yield `${exportLine({ kind: 'checkpoint', checkpoint: closing })}\n`;
    yield `${exportLine({ kind: 'end', rowCount })}\n`;
    return undefined;
  }

  private async *csv(range: WalkRange): AsyncGenerator<string, undefined> {
    yield csvRecord(csvColumns);
    for await (const entry of this.entries.walk(range)) yield csvRecord(cellsOf(entry));
    return undefined;
  }
}

function cellsOf(entry: AuditEntry): (string | number | null)[] {
  return [
    entry.sequence, timestampOf(entry.createdAtMs), entry.type, entry.actorId, entry.userId, entry.address,
    entry.targetType, entry.targetId, JSON.stringify(entry.details), entry.correlationId, entry.hash,
  ]; // prettier-ignore
}

/** Few large writes instead of many small ones. */
async function* chunked(lines: AsyncIterable<string>): AsyncGenerator<string, undefined> {
  let chunk = '';
  for await (const line of lines) {
    chunk += line;
    if (chunk.length < CHUNK_CHARS) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
  return undefined;
}
