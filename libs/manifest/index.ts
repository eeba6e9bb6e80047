/**
 * The signed list of a job's files: what there was, when, and its digests. Written while the files are being read, so that
 * a job of any size costs the same memory; proved by anybody who has the document and the public key.
 */
export { ManifestWriter, manifestFormat, type ManifestFile, type ManifestSeal } from './manifest-writer.js';
export { proveManifest, type Manifest, type ManifestFinding } from './prove-manifest.js';
