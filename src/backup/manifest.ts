import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { canonicalJson, type Json } from '#libs/audit-chain';
import { Keyring } from '../config/index.js';
import type { Manifest } from './backup.js';

const PURPOSE = 'backup-manifest';
const FORMAT = 1;

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
      return (manifest.format as number) === FORMAT ? manifest : undefined;
    } catch {
      return undefined;
    }
  }

  /** Whether it was sealed with one of our master keys and not changed since. */
  isOurs(text: string): boolean {
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
