/** Contract §5: forward only; the last three are terminal and final. */
export const jobStatuses = ['pending', 'uploading', 'queued', 'running', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

const externalWords: Readonly<Record<string, JobStatus>> = {
  canceled: 'cancelled',
  aborted: 'cancelled',
  starting: 'queued',
  processing: 'running',
  succeeded: 'completed',
  error: 'failed',
};

/** Our word for a provider's; undefined for a word that nobody knows. */
export function jobStatusOf(word: string): JobStatus | undefined {
  const lower = word.toLowerCase();
  return externalWords[lower] ?? jobStatuses.find((status) => status === lower);
}
