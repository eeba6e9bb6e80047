import { configureLogging } from '#libs/log';
import { openBackups, type Backup, type OpenedBackups, type Purpose, type Restoration } from '../backup/index.js';
import { StartError } from '../config/index.js';
import { DomainError } from '../http/index.js';
import { schema } from '../schema/index.js';
import type { CommandContext } from './command-context.js';

export interface CreateOptions {
  readonly compress?: boolean;
  readonly output?: string;
  readonly prune?: boolean;
}

export async function create(context: CommandContext, options: CreateOptions): Promise<void> {
  await withBackups(context, 'change', async ({ backups, actor }) => {
    const { compress = false, output: path, prune: prunes = false } = options;
    const backup = await backups.create({ trigger: 'manual', actor, compress, path });
    context.print(`Backup created: ${backup.path}`);
    context.print(described(backup));
    for (const id of prunes ? await backups.prune(actor) : []) context.print(`deleted ${id}`);
  });
}

export async function list(context: CommandContext): Promise<void> {
  await withBackups(context, 'look', async ({ backups }) => {
    const all = await backups.listBackups();
    if (all.length === 0) context.print(`There is no backup in ${backups.folderPath}.`);
    for (const backup of all) context.print(`${backup.id}  ${described(backup)}`);
  });
}

export async function verify(context: CommandContext, name: string): Promise<void> {
  await withBackups(context, 'look', async ({ backups }) => {
    const { backup, drill } = await backups.verify(await backups.locate(name));
    const proof = drill.status === 'passed' ? `restored to scratch in ${drill.durationMs} ms` : drill.reason;
    context.print(`Good: ${backup.path} (${proof}).`);
  });
}

export async function restore(
  context: CommandContext,
  name: string,
  options: { acceptOtherKey?: boolean },
): Promise<void> {
  await withBackups(context, 'restore', async ({ backups, actor }) => {
    const wish = { actor, acceptsOtherKey: options.acceptOtherKey ?? false };
    const { backup, migrationsApplied, ...before } = await backups.restore(name, wish);
    for (const migration of migrationsApplied) context.print(`applied ${migration}`);
    context.print(`Restored: ${backup.path}`);
    for (const line of saidOf(before)) context.print(line);
  });
}

export async function prune(context: CommandContext): Promise<void> {
  await withBackups(context, 'change', async ({ backups, actor }) => {
    const deleted = await backups.prune(actor);
    context.print(deleted.length === 0 ? 'Nothing is old enough.' : deleted.map((id) => `deleted ${id}`).join('\n'));
  });
}

export async function info(context: CommandContext): Promise<void> {
  await withBackups(context, 'look', async ({ backups }) => {
    for (const [name, value] of Object.entries(await backups.getDatabaseInfo())) context.print(`${name}: ${value}`);
    context.print(`backup_directory: ${backups.folderPath}`);
  });
}

/** The command's own words are the output; the log says only what went wrong. */
async function withBackups(
  { config }: CommandContext,
  purpose: Purpose,
  work: (opened: OpenedBackups) => Promise<void>,
): Promise<void> {
  configureLogging({ level: 'ERROR', json: false });
  let opened: OpenedBackups | undefined;
  try {
    opened = await openBackups(config(), schema, purpose);
    await work(opened);
  } catch (error) {
    throw error instanceof DomainError ? new StartError(error.message, { cause: error }) : error;
  } finally {
    await opened?.close();
  }
}

/** What became of the records that were there. */
function saidOf({ safetyCopy, damage, keptIn }: Pick<Restoration, 'safetyCopy' | 'damage' | 'keptIn'>): string[] {
  if (safetyCopy) return [`What was there before is kept in ${safetyCopy.path}`];
  if (keptIn === undefined) return ['There was nothing before.'];
  const why = damage === undefined ? 'could not be read' : `was damaged (${damage})`;
  return [`The database ${why}: there is no safety copy of it.`, `Its files are kept as they were in ${keptIn}`];
}

function described({ bytes, manifest }: Backup): string {
  const size = `${(bytes / 1024).toFixed(1)} KB`;
  if (!manifest) return `${size}, no manifest`;
  const { createdAtMs, rows, drill } = manifest;
  return `${size}, ${rows['jobs'] ?? 0} jobs, made ${new Date(createdAtMs).toISOString()}, drill: ${drill.status}${drill.reason === null ? '' : ` (${drill.reason})`}`;
}
