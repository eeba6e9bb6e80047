import { DownloadIcon } from '@radix-ui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { objectPath, saveFile, type JobObject } from '../api/objects';
import { objectsQuery } from '../api/queries';
import type { Job } from '../api/types';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { IconButton } from '../ui/button';
import { Meter } from '../ui/meter';
import { Panel } from '../ui/page';
import { Empty, Loaded } from '../ui/states';
import { Table, type Column } from '../ui/table';
import { useToasts } from '../ui/toasts';

export function JobFiles({ job }: { readonly job: Job }) {
  const t = useTexts();
  const format = useFormats();
  const { sayFailed } = useToasts();
  const query = useQuery(objectsQuery(job.job_id));
  const save = ({ key }: JobObject) => {
    saveFile(objectPath(job.job_id, key), key.split('/').at(-1) ?? key).catch(sayFailed);
  };
  const columns: readonly Column<JobObject>[] = [
    { name: t.files.name, kind: 'grow', cell: ({ key }) => <span className="code break">{key}</span> },
    { name: t.files.size, kind: 'number', cell: ({ sizeBytes }) => format.bytes(sizeBytes) },
    {
      name: t.files.received,
      cell: ({ modifiedAt }) => <time dateTime={modifiedAt}>{format.instant(modifiedAt)}</time>,
    },
    {
      name: t.files.actions,
      kind: 'actions',
      cell: (object) => (
        <IconButton label={t.files.download(object.key)} onClick={() => save(object)}>
          <DownloadIcon />
        </IconButton>
      ),
    },
  ];
  const total = query.data?.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) ?? 0;
  return (
    <Panel
      title={t.files.title}
      isFlush
      intro={query.data && query.data.length > 0 ? t.files.summary(query.data.length, format.bytes(total)) : undefined}
    >
      <UploadProgress job={job} />
      <Loaded query={query}>
        {(objects) =>
          objects.length === 0 ? (
            <Empty title={job.is_active ? t.files.noneYet : t.files.none} />
          ) : (
            <Table label={t.files.title} columns={columns} rows={objects} keyOf={({ key }) => key} />
          )
        }
      </Loaded>
    </Panel>
  );
}

/** What arrives now. How much will come is known to nobody, so there is no percentage. */
function UploadProgress({ job }: { readonly job: Job }) {
  const t = useTexts();
  const format = useFormats();
  const { upload_progress: upload } = job;
  if (!upload || upload.done || upload.bytes_in_flight === 0) return null;
  return (
    <div className="upload" role="status">
      <div className="progress-words">
        <span className="code">{upload.current_file ?? t.files.receiving}</span>
        <span className="muted">
          {format.bytes(upload.bytes_in_flight)} · {t.files.perSecond(format.bytes(upload.rate_bytes_per_second))}
        </span>
      </div>
      <Meter percent={null} label={t.files.receiving} />
    </div>
  );
}
