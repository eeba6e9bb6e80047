/** The bounds of the storage endpoint that are not settings. */
export const storageLimits = {
  /** A sender that stays below this while we wait for it … */
  uploadBytesPerSecondMin: 1_024,
  /** … for this long is cut off. */
  uploadStallMs: 30_000,
  /** Objects up to this size are answered from one read. */
  singleReadBytesMax: 128 * 1024,
  /** Objects that one index transaction publishes. */
  publicationsPerBatchMax: 128,
  /** S3's smallest part, the last one excepted. */
  partBytesMin: 5 * 1024 * 1024,
  /** An upload without a new part for this long is given up. */
  abandonedUploadMs: 7 * 24 * 3_600_000,
  /** How long an ended upload is remembered, so that completing it twice is one completion. */
  endedUploadMs: 24 * 3_600_000,
  /** Blobs of one request that are removed from their store at the same time. */
  removalsAtOnce: 8,
  /** A draft that nobody in this process writes and that has not grown for this long belongs to nobody. */
  leftDraftMs: 3_600_000,
  /** A completion that takes longer answers blanks at this interval, so that nobody on the way gives up. */
  completionPulseMs: 10_000,
  /** How long the judgement of an upload token holds before it is asked again at the end of an upload. */
  credentialTrustMs: 1_000,
  /** Longest life of a link that `POST /api/cloud/jobs/{id}/files/{key}/url` gives out, in seconds. */
  linkSecondsMax: 3_600,
  /** Rows of a job's files that are read from the index at once. */
  filesPerRead: 500,
  /** Files in one archive: their names are kept in memory until it ends. */
  archiveFilesMax: 20_000,
  /** Archives that one process sends at once … */
  archivesMax: 8,
  /** … and jobs whose bytes it re-reads at once: both read whole jobs from the disk. */
  verificationsMax: 2,
  /** A long answer that has nothing to say yet sends a blank at this interval, so that nobody on the way gives up. */
  answerPulseMs: 10_000,
} as const;
