import { ArchiveIcon, CheckCircledIcon, DownloadIcon } from '@radix-ui/react-icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { fetchRaw } from '../api/client';
import { saveFile, saveObject, type JobObject } from '../api/objects';
import { objectsQuery } from '../api/queries';
import type { Job } from '../api/types';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { Button, IconButton } from '../ui/button';
import { Panel } from '../ui/page';
import { Empty, Failed, Loaded } from '../ui/states';
import { Table, type Column } from '../ui/table';
import { useToasts } from '../ui/toasts';
import { JobUpload } from './job-upload';

export function JobFiles({ job }: { readonly job: Job }) {
  const t = useTexts();
  const format = useFormats();
  const { sayFailed } = useToasts();
  const query = useQuery(objectsQuery(job.job_id));
  const verify = useMutation({ mutationFn: () => verificationOf(job.job_id) });
  const columns: readonly Column<JobObject>[] = [
    { name: t.files.name, kind: 'grow', cell: ({ key }) => <span className="code break">{key}</span> },
    { name: t.files.size, kind: 'number', cell: ({ size }) => format.bytes(size) },
    {
      name: t.files.received,
      cell: ({ last_modified: at }) => <time dateTime={at}>{format.instant(at)}</time>,
    },
    {
      name: t.files.actions,
      kind: 'actions',
      cell: ({ key }) => (
        <IconButton label={t.files.download(key)} onClick={() => void saveObject(job.job_id, key).catch(sayFailed)}>
          <DownloadIcon />
        </IconButton>
      ),
    },
  ];
  const objects = query.data ?? [];
  const total = objects.reduce((sum, { size }) => sum + size, 0);
  const saveAll = () => {
    saveFile(`/api/cloud/jobs/${job.job_id}/archive`, `${job.job_id}.zip`).catch(sayFailed);
  };
  return (
    <Panel
      title={t.files.title}
      isFlush
      intro={objects.length > 0 ? t.files.summary(objects.length, format.bytes(total)) : undefined}
      actions={
        objects.length > 0 && (
          <>
            <Button icon={<CheckCircledIcon />} isBusy={verify.isPending} onClick={() => verify.mutate()}>
              {t.files.verify}
            </Button>
            <Button icon={<ArchiveIcon />} onClick={saveAll}>
              {t.files.archive}
            </Button>
          </>
        )
      }
    >
      <JobUpload job={job} />
      {verify.error && <Failed error={verify.error} />}
      {verify.data && <Verdict verification={verify.data} />}
      <Loaded query={query}>
        {(files) =>
          files.length === 0 ? (
            <Empty title={job.is_active ? t.files.noneYet : t.files.none} />
          ) : (
            <Table label={t.files.title} columns={columns} rows={files} keyOf={({ key }) => key} />
          )
        }
      </Loaded>
    </Panel>
  );
}

interface Verification {
  readonly ok: boolean;
  readonly file_count: number;
  readonly total_bytes: number;
  readonly files: readonly { readonly key: string; readonly state: 'ok' | 'missing' | 'different' }[];
}

/** The server reads every byte again and compares it with what arrived. */
async function verificationOf(jobId: string): Promise<Verification> {
  const answer = await fetchRaw(`/api/cloud/jobs/${jobId}/verify`, { method: 'POST' });
  return (await answer.json()) as Verification;
}

function Verdict({ verification }: { readonly verification: Verification }) {
  const t = useTexts();
  const format = useFormats();
  const { ok, files, file_count: count, total_bytes: bytes } = verification;
  const faulty = files.filter(({ state }) => state !== 'ok').map(({ key }) => key);
  return (
    <p className={`verdict ${ok ? 'saved' : 'fault'}`} role="status">
      {ok ? t.files.intact(count, format.bytes(bytes)) : t.files.damaged(faulty.join(', '))}
    </p>
  );
}
