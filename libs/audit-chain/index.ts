/**
 * A tamper-evident chain of rows: every row carries the hash of its canonical JSON and of the hash before it, and a keyed seal;
 * checkpoints are signed with Ed25519, so that exports can be verified without the server. Rows come from and go to wherever
 * the caller keeps them.
 */
export { canonicalJson, type Json, type JsonObject } from './canonical.js';
export {
  faultOf,
  genesis,
  headOf,
  sealRow,
  type ChainedRow,
  type ChainHead,
  type RowDraft,
  type SealedRow,
} from './chain.js';
export { keyIdOf, signCheckpoint, type Checkpoint, type SignedCheckpoint } from './checkpoint.js';
export { exportLine, type ExportLine } from './export.js';
export { explain, type Finding, type TamperingKind } from './findings.js';
export { verifyRows, type ChainVerification, type VerifyOptions } from './verify.js';
export { verifyExport, type ExportVerification } from './verify-export.js';
