import type { SignedCheckpoint } from '#libs/audit-chain';
import type { Dialect } from '../database/index.js';

/** What made a backup: a person or program, the schedule, or a restore that keeps what it replaces. */
export type Trigger = 'manual' | 'scheduled' | 'safety';

/** What a database, or a copy of it, holds. */
export interface Contents {
  /** Names of the migrations it has seen, in their order. */
  readonly migrations: readonly string[];
  /** Rows of each table. */
  readonly rows: Readonly<Record<string, number>>;
  /** The last row of the audit log. */
  readonly audit: { readonly sequence: number; readonly hash: string };
}

/** What became of restoring a backup to scratch. */
export interface Drill {
  readonly status: 'passed' | 'failed' | 'not drilled';
  /** What was damaged, or why it was not drilled. */
  readonly reason: string | null;
  readonly atMs: number;
  readonly durationMs: number;
}

/** What is written beside a backup, and sealed with a key of this installation. */
export interface Manifest extends Contents {
  readonly format: 1;
  readonly file: string;
  readonly database: Dialect['name'];
  readonly trigger: Trigger;
  readonly createdAtMs: number;
  readonly durationMs: number;
  readonly serverVersion: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly compressed: boolean;
  /** Proves how far the audit log had come; null while it was empty. */
  readonly checkpoint: SignedCheckpoint | null;
  readonly drill: Drill;
}

/** A backup as it lies in its folder. */
export interface Backup {
  /** Its file name. */
  readonly id: string;
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAtMs: number;
  /** Undefined for files of other programs, such as the cron script of the guide, or when it cannot be read. */
  readonly manifest: Manifest | undefined;
}

/** The database that the server works with. */
export interface DatabaseInfo {
  readonly database: Dialect['name'];
  /** Its file, or its address without credentials. */
  readonly path: string;
  readonly bytes: number;
  readonly jobCount: number;
  readonly schemaVersion: string;
}

/** When a backup was made; for files without a manifest, when they were written. */
export function createdAtMs({ manifest, modifiedAtMs }: Backup): number {
  return manifest?.createdAtMs ?? modifiedAtMs;
}

/** The newest migration: what people call the version of the schema. */
export function schemaVersion({ migrations }: Pick<Contents, 'migrations'>): string {
  return migrations.at(-1) ?? 'none';
}

/** In what way two contents differ, or undefined when they are the same. */
export function difference(expected: Contents, found: Contents): string | undefined {
  if (expected.migrations.join() !== found.migrations.join()) return 'it has another schema';
  if (expected.audit.sequence !== found.audit.sequence || expected.audit.hash !== found.audit.hash)
    return `its audit log ends at row ${found.audit.sequence}, expected ${expected.audit.sequence}`;
  const tables = new Set([...Object.keys(expected.rows), ...Object.keys(found.rows)]);
  const table = [...tables].find((name) => expected.rows[name] !== found.rows[name]);
  return table && `${table} has ${found.rows[table] ?? 'no'} rows, expected ${expected.rows[table] ?? 'no'}`;
}
