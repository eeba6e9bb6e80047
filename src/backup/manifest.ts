import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { canonicalJson, type Json } from '#libs/audit-chain';
import { Keyring } from '../config/index.js';
import type { Manifest } from './backup.js';

const PURPOSE = 'backup-manifest';
const FORMAT = 1;
/** Beyond it there is no Date. */
const INSTANT_MS_MAX = 8_640_000_000_000_000;

/** Seals manifests with the master key, so that only backups of this installation are taken for what they say they are. */
@Injectable()
export class Manifests {
  constructor(private readonly keyring: Keyring) {}

  /** The text of the file. */
  write(manifest: Manifest): string {
    const text = canonicalJson(JSON.parse(JSON.stringify(manifest)) as Json);
    const seal = createHmac('sha256', this.keyring.derive(PURPOSE)).update(text).digest('hex');
    return `${JSON.stringify({ ...manifest, seal }, null, 2)}\n`;
  }

  /** The manifest in `text`, or undefined when it is none. */
  read(text: string): Manifest | undefined {
    try {
      const { seal: _, ...manifest } = JSON.parse(text) as Manifest & { seal: string };
      return isManifest(manifest) ? manifest : undefined;
    } catch {
      return undefined;
    }
  }

  /** Whether it was sealed with one of our master keys and not changed since. */
  isOurs(text: string): boolean {
    if (!this.read(text)) return false;
    const { seal, ...manifest } = JSON.parse(text) as { readonly seal?: unknown };
    if (typeof seal !== 'string') return false;
    const canonical = canonicalJson(manifest);
    return this.keyring.deriveWithAll(PURPOSE).some((key) => {
      const expected = createHmac('sha256', key).update(canonical).digest();
      const given = Buffer.from(seal, 'hex');
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
  }
}

/** Whether it can be worked with; anybody may have written it. */
function isManifest(value: object): boolean {
  const { format, file, database, trigger, createdAtMs, durationMs, serverVersion, bytes, sha256, compressed } =
    value as Manifest;
  const { checkpoint, drill, rows, migrations, audit } = value as Manifest;
  const words = [file, database, trigger, serverVersion, sha256, audit.hash, ...migrations];
  const counts = [createdAtMs, durationMs, bytes, audit.sequence, drill.atMs, drill.durationMs, ...Object.values(rows)];
  return (
    (format as number) === FORMAT &&
    Array.isArray(migrations) &&
    typeof compressed === 'boolean' &&
    typeof checkpoint === 'object' &&
    ['passed', 'failed', 'not drilled'].includes(drill.status) &&
    (drill.reason === null || typeof drill.reason === 'string') &&
    words.every((word) => typeof word === 'string') &&
    counts.every((count) => Number.isSafeInteger(count) && count >= 0 && count <= INSTANT_MS_MAX)
  );
}
