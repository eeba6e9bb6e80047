/** Names of the fleet's totals of what is stored. */
export const storageTotals = {
  objects: 'storage_objects',
  objectBytes: 'storage_object_bytes',
  /** Of multipart uploads that are not completed. */
  partBytes: 'storage_part_bytes',
} as const;
