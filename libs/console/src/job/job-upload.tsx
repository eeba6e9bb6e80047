import { ExclamationTriangleIcon } from '@radix-ui/react-icons';
import type { Job } from '../api/types';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { Meter } from '../ui/meter';

/** What arrives now, what has stopped arriving, and what went wrong. How much will come is known to nobody, so there is no percentage. */
export function JobUpload({ job }: { readonly job: Job }) {
  const t = useTexts();
  const format = useFormats();
  const { upload_progress: upload } = job;
  if (!upload || upload.done) return null;
  const isReceiving = upload.bytes_in_flight > 0;
  return (
    <>
      {upload.stalled_since !== null && (
        <p className="upload-fault" role="status">
          <ExclamationTriangleIcon />
          <span>{t.files.stalled(format.instant(upload.stalled_since))}</span>
        </p>
      )}
      {upload.error !== null && (
        <p className="upload-fault" role="status">
          <ExclamationTriangleIcon />
          <span>{t.files.uploadFailed(upload.error)}</span>
        </p>
      )}
      {isReceiving && (
        <div className="upload" role="status">
          <div className="progress-words">
            <span className="code break">{upload.current_file ?? t.files.receiving}</span>
            <span className="muted">
              {format.bytes(upload.bytes_in_flight)} · {t.files.perSecond(format.bytes(upload.rate_bytes_per_second))}
            </span>
          </div>
          <Meter percent={null} label={t.files.receiving} />
        </div>
      )}
    </>
  );
}
