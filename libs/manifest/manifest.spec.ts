import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ManifestWriter, proveManifest, type Manifest, type ManifestFile } from './index.js';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');

const files: ManifestFile[] = ['a', 'b/ü "quoted".bin', '\u{1f680}'].map((key, index) => ({
  key,
  size: index * 10,
  sha256: String(index).repeat(64),
  etag: String(index).repeat(32),
  last_modified: '2026-11-25T10:00:00.000Z',
}));

function written(list: readonly ManifestFile[] = files): Manifest {
  const writer = new ManifestWriter('job-1', privateKey);
  const pieces = [writer.begin(), ...list.map((file) => writer.add(file)), writer.end(1_700_000_000_000)];
  return JSON.parse(pieces.join('')) as Manifest;
}

describe('a manifest', () => {
  it('lists what it was given and is proved by the public key', () => {
    const manifest = written();
    expect(manifest).toMatchObject({ job_id: 'job-1', files, file_count: 3, total_bytes: 30 });
    expect(manifest.signed_at).toBe('2023-11-14T22:13:20.000Z');
    expect(proveManifest(manifest, [other.publicKey, publicKey])).toBeUndefined();
    expect(createPublicKey(manifest.public_key).equals(publicKey)).toBe(true);
  });

  it('may be empty', () => {
    expect(proveManifest(written([]), [publicKey])).toBeUndefined();
  });

  it.each<[string, (manifest: Manifest) => unknown, string]>([
    ['a changed digest', (m) => ({ ...m, files: [{ ...files[0]!, sha256: 'f'.repeat(64) }, ...files.slice(1)] }), 'files-changed'],
    ['a file left out', (m) => ({ ...m, files: files.slice(1) }), 'files-changed'],
    ['files in another order', (m) => ({ ...m, files: [...files].reverse() }), 'files-changed'],
    ['another count', (m) => ({ ...m, file_count: 4 }), 'files-changed'],
    ['another job', (m) => ({ ...m, job_id: 'job-2' }), 'not-signed'],
    ['another time', (m) => ({ ...m, signed_at: '2026-01-01T00:00:00.000Z' }), 'not-signed'],
    ['another signature', (m) => ({ ...m, signature: Buffer.alloc(64).toString('base64') }), 'not-signed'],
    ['a key of its own', (m) => ({ ...m, key_id: '0'.repeat(16) }), 'unknown-key'],
    ['a fact that is not signed', (m) => ({ ...m, files: [{ ...files[0]!, note: 'x' }, ...files.slice(1)] }), 'not-a-manifest'],
    ['something else', () => ({ hello: 'world' }), 'not-a-manifest'],
    ['nothing', () => null, 'not-a-manifest'],
  ])('is refused with %s', (_, change, finding) => {
    expect(proveManifest(change(written()), [publicKey])).toBe(finding);
  }); // prettier-ignore
});
