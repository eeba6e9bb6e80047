import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import type { AuditCopies, AuditEvent } from '../audit/index.js';
import type { Database, Schema } from '../database/index.js';
import type { Actor } from '../http/index.js';
import type { Backup, Contents } from './backup.js';
import { createdAtMs, schemaVersion } from './backup.js';
import { discard, NoScratch, type Scratch } from './backup-engine.js';
import type { BackupFolder } from './backup-folder.js';
import type { BackupMaker } from './backup-maker.js';
import { foreign, newer, notPermitted } from './backup.errors.js';
import type { Driller } from './driller.js';
import { continuityOf, Stage, type Continuity } from './drivers/stage.js';
import type { Origin } from './origin.js';
import type { Presence } from './presence.js';
import type { Standstill } from './standstill.js';

const log = getLogger('backup');

export interface RestoreWish {
  readonly actor: Actor;
  /** Take it although it was made with another master key: its credentials and audit log cannot be read or proved then. */
  readonly acceptsOtherKey?: boolean;
}

export interface Restoration {
  readonly backup: Backup;
  /** What was there before; undefined when there was nothing, or nothing that could be read. */
  readonly safetyCopy: Backup | undefined;
  /** What was broken in the records that were there, of which there is no safety copy then. */
  readonly damage: string | undefined;
  /** The folder in which files that could not be read as records are kept as they were. */
  readonly keptIn: string | undefined;
  readonly migrationsApplied: readonly string[];
  readonly durationMs: number;
}

/** Where a restore takes place. */
export interface RestoreWorld {
  /** What is broken in the live records, as far as that is known; then they are not touched. */
  readonly damage?: string | undefined;
  readonly presence: Presence;
  readonly standstill: Standstill;
  readonly schema: Schema;
  readonly clock: Clock;
}

/**
 * Puts a backup in the place of the live records. Everything that can fail is done on a copy beside them, with its record in the
 * audit log; then the copy takes their place in one step.
 */
export class Restorer {
  constructor(
    private readonly folder: BackupFolder,
    private readonly tools: { readonly driller: Driller; readonly maker: BackupMaker; readonly origin: Origin },
    private readonly audit: AuditCopies,
    private readonly world: RestoreWorld,
  ) {}

  /** @throws DomainError saying why not; then the live records are as they were. */
  async restore(live: Database | undefined, backup: Backup, wish: RestoreWish): Promise<Restoration> {
    const startMs = this.world.clock.monotonicMs();
    const result = await this.folder.draft(async (draft) => {
      await this.tools.maker.requireRoom(draft);
      const { driller, origin } = this.tools;
      await origin.requireHarmless(backup, wish.acceptsOtherKey);
      if (!wish.acceptsOtherKey) await origin.requireSeal(backup);
      const dump = await driller.unpack(backup, draft);
      const { scratch, contents } = await driller.restore(backup.id, dump, draft, backup.manifest).catch(unrestorable);
      try {
        return await this.bringIn(live, backup, scratch, contents, wish);
      } finally {
        await discard(scratch);
      }
    });
    return { ...result, backup, durationMs: Math.round(this.world.clock.monotonicMs() - startMs) };
  }

  private async bringIn(
    live: Database | undefined,
    backup: Backup,
    scratch: Scratch,
    contents: Contents,
    wish: RestoreWish,
  ): Promise<Omit<Restoration, 'backup' | 'durationMs'>> {
    if (contents.rows['jobs'] === undefined || contents.migrations.length === 0)
      throw foreign(backup.id, 'it holds no jobs');
    const stage = await Stage.open(scratch.databaseUrl, this.world.schema);
    try {
      const migrationsApplied = await this.adapt(stage, backup, wish);
      const { presence, standstill } = this.world;
      const swapped = await presence.alone(() =>
        standstill.during(() => this.swap(live, backup, { stage, scratch, contents }, wish)),
      );
      return { ...swapped, migrationsApplied };
    } finally {
      await stage.close();
    }
  }

  private async adapt(stage: Stage, { id }: Backup, { acceptsOtherKey = false }: RestoreWish): Promise<string[]> {
    const unknown = await stage.unknownMigrations();
    if (unknown.length > 0) throw newer(id, unknown);
    const applied = await stage.migrate();
    if (!acceptsOtherKey && !(await this.audit.in(stage.database).isOurs()))
      throw foreign(id, 'its audit log was sealed with another master key (SIMPLETUNER_SECRET_KEY)');
    return applied;
  }

  private async swap(
    live: Database | undefined,
    backup: Backup,
    { stage, scratch, contents }: { stage: Stage; scratch: Scratch; contents: Contents },
    { actor }: RestoreWish,
  ): Promise<Pick<Restoration, 'safetyCopy' | 'damage' | 'keptIn'>> {
    const { damage } = this.world;
    log.info('Restoring a backup: the records stand still', { backup: backup.id });
    const wish = { trigger: 'safety' as const, actor, compress: false };
    const safetyCopy = live && (await this.tools.maker.make(live, wish));
    const event: AuditEvent = {
      type: 'backup.restored',
      actor,
      targetType: 'backup',
      targetId: backup.id,
      details: {
        created_at: new Date(createdAtMs(backup)).toISOString(),
        sha256: backup.manifest?.sha256 ?? null,
        schema_version: schemaVersion(contents),
        audit_sequence: contents.audit.sequence,
        replaced: safetyCopy?.manifest ? { ...safetyCopy.manifest.audit, kept_in: safetyCopy.id } : null,
        ...(damage !== undefined && { damage }),
      },
    };
    await stage.prepare(this.audit, event, live && (await continuity(live)), this.world.clock.now());
    await stage.close();
    log.info('Restoring a backup: replacing the records', { backup: backup.id, safety_copy: safetyCopy?.id });
    const keptIn = await scratch.replaceLive(damage !== undefined);
    log.info('A backup was restored', { backup: backup.id, safety_copy: safetyCopy?.id, kept_in: keptIn });
    return { safetyCopy, damage, keptIn };
  }
}

/** Records of an older schema may not have it all; nothing goes on with them either. */
function continuity(live: Database): Promise<Continuity | undefined> {
  return continuityOf(live).catch((error: unknown) => {
    log.warning('What goes on over a restore could not be read from the present records', { error });
    return undefined;
  });
}

function unrestorable(error: unknown): never {
  if (!(error instanceof NoScratch)) throw error;
  throw notPermitted(`A restore needs a scratch database, and there can be none: ${error.message}.`, error);
}
