import { ExclamationTriangleIcon } from '@radix-ui/react-icons';
import type { BackupInfo } from '../api/types';
import { useFormats, useNow } from '../format/format';
import { useTexts } from '../language/language';
import { Facts, Panel } from '../ui/page';

/** The database, the schedule, and what became of the last backups. */
export function BackupOutlook({ info }: { readonly info: BackupInfo }) {
  const t = useTexts();
  const format = useFormats();
  const nowMs = useNow();
  const { last_success_at: lastAt, last_failure_at: failedAt, next_at: nextAt } = info;
  const hasFailedSince = failedAt !== null && (lastAt === null || lastAt < failedAt);
  const tiles = [
    [t.backups.database, t.backups.databases[info.database]],
    [t.backups.size, format.bytes(info.size_bytes)],
    [t.backups.jobs, format.number(info.job_count)],
    [t.backups.last, lastAt === null ? t.backups.never : format.ago(lastAt, nowMs)],
    [t.backups.next, nextAt === null ? t.backups.onRequest : format.instant(nextAt)],
  ] as const;
  const code = (text: string) => <span className="code break">{text}</span>;
  return (
    <>
      {hasFailedSince && (
        <div className="failed" role="alert">
          <ExclamationTriangleIcon />
          <p>{t.backups.failed(format.instant(failedAt), info.last_failure ?? '')}</p>
        </div>
      )}
      <dl className="tiles">
        {tiles.map(([name, value]) => (
          <div key={name} className="tile">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Panel title={t.backups.databaseAndSchedule}>
        <Facts
          rows={[
            [t.backups.path, code(info.path)],
            [t.backups.schema, code(info.schema_version)],
            [t.backups.folder, code(info.backup_directory)],
            [t.backups.schedule, info.schedule === null ? t.backups.noSchedule : t.backups.scheduleUtc(info.schedule)],
            [t.backups.retention, t.backups.retentionDays(info.retention_days)],
          ]}
        />
      </Panel>
    </>
  );
}
