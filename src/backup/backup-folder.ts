import { chmod, link, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { getLogger } from '#libs/log';
import { DomainError, notFound } from '../http/index.js';
import type { Backup, Manifest } from './backup.js';
import { createdAtMs } from './backup.js';
import { sync } from './files.js';
import type { Manifests } from './manifest.js';

/** File names that are listed; `jobs_backup_20260131_030000.db`, also of other programs. No path can hide in one. */
const LISTED = /^[A-Za-z0-9][\w.-]*\.(db|dump|sql)(\.gz)?$/;
const MANIFEST = '.manifest.json';
const DRAFT = '.simpletuner-backup-';
/** As `mkdtemp` completes the name. */
const LEFT_DRAFT = /^\.simpletuner-backup-\w{6}$/;
/** What a killed process has left is removed when it is this old. */
const LEFT_DRAFT_MS = 86_400_000;
/** Backups of one second. */
const NAMES_MAX = 1_000;

const log = getLogger('backup');

/** The folder in which backups lie, each with its manifest beside it. */
export class BackupFolder {
  constructor(
    readonly path: string,
    private readonly manifests: Manifests,
  ) {}

  /** Newest first. */
  async list(): Promise<Backup[]> {
    await this.open(this.path);
    const names = (await readdir(this.path)).filter((name) => LISTED.test(name));
    const backups = await Promise.all(names.map((name) => this.named(name)));
    return backups
      .filter((backup) => backup !== undefined)
      .sort((one, other) => createdAtMs(other) - createdAtMs(one) || (one.id < other.id ? 1 : -1));
  }

  /** @throws DomainError not_found. */
  async find(id: string): Promise<Backup> {
    const backup = await this.named(id);
    if (!backup) throw notFound(`The backup ${id}`);
    return backup;
  }

  /** A backup anywhere: the path of its file, or its id. @throws DomainError not_found. */
  async at(path: string): Promise<Backup> {
    const backup = (await this.named(path)) ?? (await this.read(resolve(path)));
    if (!backup) throw notFound(`The backup ${path}`);
    return backup;
  }

  /** Whether the manifest was written by this installation and not changed since; false where there is none. */
  async isSealed({ path }: Backup): Promise<boolean> {
    return this.manifests.isOurs(await readFile(path + MANIFEST, 'utf8').catch(() => '{}'));
  }

  /** Runs `work` with an empty folder on the volume of `beside`, which is removed afterwards. */
  async draft<T>(work: (folder: string) => Promise<T>, beside = this.path): Promise<T> {
    if (resolve(beside) === resolve(this.path)) await this.open(this.path);
    else await mkdir(beside, { recursive: true, mode: 0o700 });
    const folder = await mkdtemp(join(beside, DRAFT));
    try {
      return await work(folder);
    } finally {
      // It is swept up later; what was done with it is done.
      await rm(folder, { recursive: true, force: true }).catch((error: unknown) =>
        log.warning('A folder of drafts was not removed', { folder, error }),
      );
    }
  }

  /**
   * Gives a finished file its name, the manifest first: a backup that can be seen is whole. With `path` exactly there.
   * @throws DomainError conflict when there is a file at `path`.
   */
  async publish(
    draft: string,
    manifestOf: (file: string) => Manifest,
    name: { readonly stem: string; readonly extension: string; readonly path?: string },
  ): Promise<Backup> {
    for (const target of targets(name, this.path)) {
      if (!(await this.place(draft, target, manifestOf(basename(target))))) continue;
      await sync(dirname(target));
      return (await this.read(target)) as Backup;
    }
    throw taken(name.path ?? name.stem);
  }

  /**
   * To know early what `publish` would find out at the end. A manifest whose backup is gone gives way.
   * @throws DomainError conflict.
   */
  async requireFree(path: string): Promise<void> {
    if (await isThere(path)) throw taken(path);
    const orphan = path + MANIFEST;
    if (!(await isThere(orphan))) return;
    if (!this.manifests.read(await readFile(orphan, 'utf8').catch(() => ''))) throw taken(orphan);
    await rm(orphan);
  }

  /** Replaces the manifest of a backup. */
  async update({ path }: Backup, manifest: Manifest): Promise<void> {
    const draft = `${path}${MANIFEST}.new`;
    await writeFile(draft, this.manifests.write(manifest), { mode: 0o600 });
    await sync(draft);
    await rename(draft, path + MANIFEST);
  }

  async remove({ path }: Backup): Promise<void> {
    await rm(path, { force: true });
    await rm(path + MANIFEST, { force: true });
    await sync(dirname(path));
  }

  private async place(draft: string, target: string, manifest: Manifest): Promise<boolean> {
    const manifestDraft = `${draft}${MANIFEST}`;
    await writeFile(manifestDraft, this.manifests.write(manifest), { mode: 0o600 });
    await sync(manifestDraft);
    await chmod(draft, 0o600);
    if (!(await linked(manifestDraft, target + MANIFEST))) return false;
    if (await linked(draft, target)) return true;
    await rm(target + MANIFEST);
    return false;
  }

  /** A backup of the folder by its name. Links are not followed: what is asked for over the network lies here. */
  private async named(id: string): Promise<Backup | undefined> {
    if (!LISTED.test(id)) return undefined;
    const path = join(this.path, id);
    return (await lstat(path).catch(() => undefined))?.isFile() ? this.read(path) : undefined;
  }

  private async read(path: string): Promise<Backup | undefined> {
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile()) return undefined;
    const text = await readFile(path + MANIFEST, 'utf8').catch(() => '');
    const manifest = this.manifests.read(text);
    return { id: basename(path), path, bytes: found.size, modifiedAtMs: Math.trunc(found.mtimeMs), manifest };
  }

  /** Makes the folder, for its owner alone, and removes what killed processes have left in it. */
  private async open(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const nowMs = (await stat(folder)).mtimeMs;
    for (const name of (await readdir(folder)).filter((entry) => LEFT_DRAFT.test(entry))) {
      const draft = await stat(join(folder, name)).catch(() => undefined);
      if (draft && nowMs - draft.mtimeMs > LEFT_DRAFT_MS)
        await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

function targets(name: { stem: string; extension: string; path?: string }, folder: string): string[] {
  if (name.path !== undefined) return [resolve(name.path)];
  return Array.from({ length: NAMES_MAX }, (_, index) =>
    join(folder, `${name.stem}${index === 0 ? '' : `_${index + 1}`}.${name.extension}`),
  );
}

/** A link counts as itself, wherever it leads. */
async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

function taken(name: string): DomainError {
  return new DomainError('conflict', 'conflict', `There is a file called ${name} already.`);
}

/** Two names for one file are made or refused as a whole; a rename would replace what is there. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
