import type { Backup } from '../api/types';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Facts } from '../ui/page';

const MS_PER_SECOND = 1_000;

/** What a backup holds, and how it was proved. */
export function BackupDialog({ backup, onClose }: { readonly backup: Backup; readonly onClose: () => void }) {
  const t = useTexts();
  const format = useFormats();
  const { drill, rows } = backup;
  const code = (text: string | null) => text && <span className="code break">{text}</span>;
  const proof =
    drill &&
    (drill.status === 'passed'
      ? t.backups.drilled(format.instant(drill.at), format.duration(drill.duration_ms / MS_PER_SECOND))
      : drill.reason);
  return (
    <Dialog
      title={backup.id}
      size="medium"
      onClose={onClose}
      footer={<Button onClick={onClose}>{t.common.close}</Button>}
    >
      <Facts
        rows={[
          [t.backups.created, format.instant(backup.created_at)],
          [t.backups.trigger, backup.trigger && t.backups.triggers[backup.trigger]],
          [t.backups.drill, backup.has_manifest ? proof : t.backups.foreign],
          [t.backups.size, format.bytes(backup.size_bytes)],
          [t.backups.path, code(backup.path)],
          [t.backups.checksum, code(backup.sha256)],
          [t.backups.schema, code(backup.schema_version)],
          [t.backups.serverVersion, backup.server_version],
          [t.backups.audit, backup.audit_sequence],
        ]}
      />
      {rows && (
        <div className="stack">
          <h3>{t.backups.rows}</h3>
          <div className="document" tabIndex={0} role="group" aria-label={t.backups.rows}>
            <Facts
              rows={Object.entries(rows)
                .filter(([, count]) => count > 0)
                .map(([table, count]) => [table, format.number(count)] as const)}
            />
          </div>
        </div>
      )}
    </Dialog>
  );
}
