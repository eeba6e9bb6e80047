import { DotsHorizontalIcon } from '@radix-ui/react-icons';
import { useState } from 'react';
import type { Backup } from '../api/types';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { Badge } from '../ui/badge';
import { IconButton } from '../ui/button';
import { Menu } from '../ui/menu';
import { Panel } from '../ui/page';
import { Table, type Column } from '../ui/table';
import { BackupDialog } from './backup-dialog';
import { useBackupActions } from './backup-actions';

export function BackupTable({ backups }: { readonly backups: readonly Backup[] }) {
  const t = useTexts();
  const format = useFormats();
  const [open, setOpen] = useState<Backup | null>(null);
  const columns: readonly Column<Backup>[] = [
    { name: t.backups.drill, cell: (backup) => <Proof backup={backup} /> },
    {
      name: t.backups.created,
      cell: (backup) => (
        <button type="button" className="link-button" onClick={() => setOpen(backup)}>
          <time dateTime={backup.created_at}>{format.instant(backup.created_at)}</time>
        </button>
      ),
    },
    { name: t.backups.name, kind: 'grow', cell: ({ id }) => <span className="code break">{id}</span> },
    { name: t.backups.trigger, cell: ({ trigger }) => (trigger === null ? '–' : t.backups.triggers[trigger]) },
    { name: t.backups.size, kind: 'number', cell: (backup) => format.bytes(backup.size_bytes) },
    {
      name: t.backups.jobs,
      kind: 'number',
      cell: ({ job_count: jobs }) => (jobs === null ? '–' : format.number(jobs)),
    },
    {
      name: t.backups.actions,
      kind: 'actions',
      cell: (backup) => <BackupMenu backup={backup} onOpen={() => setOpen(backup)} />,
    },
  ];
  return (
    <Panel title={t.backups.kept} isFlush>
      <Table label={t.backups.kept} columns={columns} rows={backups} keyOf={({ id }) => id} onOpen={setOpen} />
      {open && <BackupDialog backup={open} onClose={() => setOpen(null)} />}
    </Panel>
  );
}

function Proof({ backup }: { readonly backup: Backup }) {
  const t = useTexts();
  if (!backup.has_manifest) return <Badge tone="neutral">{t.backups.foreign}</Badge>;
  const isProved = backup.drill?.status === 'passed';
  return <Badge tone={isProved ? 'good' : 'warn'}>{isProved ? t.backups.proved : t.backups.notProved}</Badge>;
}

function BackupMenu({ backup, onOpen }: { readonly backup: Backup; readonly onOpen: () => void }) {
  const t = useTexts();
  const { verify, restore, remove, busy, dialogs } = useBackupActions(backup);
  return (
    <>
      {busy !== undefined && (
        <span className="visually-hidden" role="status">
          {busy}
        </span>
      )}
      <Menu
        trigger={
          <IconButton label={t.backups.actionsOf(backup.id)} isBusy={busy !== undefined}>
            {busy === undefined && <DotsHorizontalIcon />}
          </IconButton>
        }
        items={[
          { label: t.backups.details, onSelect: onOpen },
          { label: t.backups.verify, onSelect: verify },
          { label: t.backups.restore, onSelect: restore, isDangerous: true },
          { label: t.backups.delete, onSelect: remove, isDangerous: true },
        ]}
      />
      {dialogs}
    </>
  );
}
