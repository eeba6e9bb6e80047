import type { JobStatus } from '../api/types';
import { useTexts } from '../language/language';
import { Badge, type Tone } from '../ui/badge';

const tones: Readonly<Record<JobStatus, Tone>> = {
  pending: 'neutral',
  uploading: 'info',
  queued: 'warn',
  running: 'info',
  completed: 'good',
  failed: 'bad',
  cancelled: 'neutral',
};

export function StatusBadge({ status }: { readonly status: JobStatus }) {
  const t = useTexts();
  return <Badge tone={tones[status]}>{t.status[status]}</Badge>;
}
