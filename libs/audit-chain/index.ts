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
export { isSignedBy, keyIdOf, signCheckpoint, type Checkpoint, type SignedCheckpoint } from './checkpoint.js';
export { exportLine, type ExportLine } from './export.js';
export { explain, type Finding, type TamperingKind } from './findings.js';
export { verifyRows, type ChainVerification, type VerifyOptions } from './verify.js';
export { verifyExport, type ExportVerification } from './verify-export.js';
