import { DownloadIcon } from '@radix-ui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { saveFile } from '../api/objects';
import type { AuditEntry } from '../api/types';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { Button } from '../ui/button';
import { useCursor } from '../ui/cursor';
import { Dialog } from '../ui/dialog';
import { Facts, Page } from '../ui/page';
import { Empty, Loaded } from '../ui/states';
import { Pager, Table, type Column } from '../ui/table';
import { Menu } from '../ui/menu';
import { useToasts } from '../ui/toasts';
import { AuditFilters } from './audit-filters';
import { AuditVerification } from './audit-verification';
import { auditQuery, type AuditFilter } from './queries';

export function AuditPage() {
  const t = useTexts();
  const format = useFormats();
  const [filter, setFilter] = useState<AuditFilter>({});
  const [open, setOpen] = useState<AuditEntry | null>(null);
  const { cursor, page, back, forward } = useCursor(JSON.stringify(filter));
  const query = useQuery(auditQuery(filter, cursor));
  const columns: readonly Column<AuditEntry>[] = [
    { name: t.audit.sequence, kind: 'number', cell: ({ sequence }) => sequence },
    {
      name: t.audit.time,
      cell: (entry) => (
        <button type="button" className="link-button" onClick={() => setOpen(entry)}>
          <time dateTime={entry.timestamp}>{format.instant(entry.timestamp)}</time>
        </button>
      ),
    },
    { name: t.audit.event, cell: (entry) => <span className="code">{entry.event_type}</span> },
    { name: t.audit.actor, cell: (entry) => entry.actor_id },
    {
      name: t.audit.target,
      kind: 'grow',
      cell: ({ target_type: type, target_id: id }) => (
        <span className="code break">{[type, id].filter(Boolean).join(' ') || '–'}</span>
      ),
    },
    { name: t.audit.address, cell: ({ ip }) => <span className="code">{ip ?? '–'}</span> },
  ];
  return (
    <Page title={t.audit.title} intro={t.audit.intro} actions={<Export filter={filter} />}>
      <AuditVerification />
      <AuditFilters filter={filter} onChange={setFilter} />
      <Loaded query={query} lines={8}>
        {({ entries, total, next_cursor: next }) =>
          entries.length === 0 ? (
            <Empty title={t.audit.none} />
          ) : (
            <>
              <Table
                label={t.audit.title}
                columns={columns}
                rows={entries}
                keyOf={({ sequence }) => sequence}
                onOpen={setOpen}
              />
              <Pager
                summary={t.audit.total(total, page)}
                previous={{ label: t.common.newer, onPress: back }}
                next={{ label: t.common.older, onPress: forward(next) }}
              />
            </>
          )
        }
      </Loaded>
      {open && <EntryDialog entry={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}

/** The rows that the filter shows, all of them, as a file. */
function Export({ filter }: { readonly filter: AuditFilter }) {
  const t = useTexts();
  const { sayFailed } = useToasts();
  const save = (format: 'jsonl' | 'csv') => {
    const { event_type: types = [], ...rest } = filter;
    const given = Object.entries(rest).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    const query = new URLSearchParams([['format', format], ...types.map((type) => ['event_type', type]), ...given]);
    saveFile(`/api/audit/export?${query.toString()}`, `audit.${format}`).catch(sayFailed);
  };
  return (
    <Menu
      trigger={<Button icon={<DownloadIcon />}>{t.audit.export}</Button>}
      items={[
        { label: t.audit.exportJsonl, onSelect: () => save('jsonl') },
        { label: t.audit.exportCsv, onSelect: () => save('csv') },
      ]}
    />
  );
}

function EntryDialog({ entry, onClose }: { readonly entry: AuditEntry; readonly onClose: () => void }) {
  const t = useTexts();
  const format = useFormats();
  return (
    <Dialog
      title={entry.event_type}
      size="medium"
      onClose={onClose}
      footer={<Button onClick={onClose}>{t.common.close}</Button>}
    >
      <Facts
        rows={[
          [t.audit.sequence, entry.sequence],
          [t.audit.time, format.instant(entry.timestamp)],
          [t.audit.actor, entry.actor_id],
          [t.audit.user, entry.user_id],
          [t.audit.target, [entry.target_type, entry.target_id].filter(Boolean).join(' ') || null],
          [t.audit.address, entry.ip && <span className="code">{entry.ip}</span>],
          [t.audit.correlation, entry.correlation_id && <span className="code">{entry.correlation_id}</span>],
          [t.audit.previousHash, <span className="code break">{entry.previous_hash}</span>],
          [t.audit.hash, <span className="code break">{entry.hash}</span>],
        ]}
      />
      <pre className="document" tabIndex={0} role="group" aria-label={t.audit.details}>
        {JSON.stringify(entry.details, null, 2)}
      </pre>
    </Dialog>
  );
}
