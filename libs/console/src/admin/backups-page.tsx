import { PlusIcon } from '@radix-ui/react-icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api } from '../api/client';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { Button } from '../ui/button';
import { Confirm } from '../ui/confirm';
import { Page } from '../ui/page';
import { Empty, Loaded } from '../ui/states';
import { Switch } from '../ui/switch';
import { useToasts } from '../ui/toasts';
import { BackupOutlook } from './backup-outlook';
import { BackupTable } from './backup-table';
import { backupInfoQuery, backupsQuery } from './queries';

export function BackupsPage() {
  const t = useTexts();
  const backups = useQuery(backupsQuery);
  return (
    <Page title={t.backups.title} intro={t.backups.intro} actions={<Actions />}>
      <Loaded query={useQuery(backupInfoQuery)} lines={2}>
        {(info) => <BackupOutlook info={info} />}
      </Loaded>
      <Loaded query={backups} lines={6}>
        {(all) =>
          all.length === 0 ? (
            <Empty title={t.backups.none}>
              <p>{t.backups.noneHelp}</p>
            </Empty>
          ) : (
            <BackupTable backups={all} />
          )
        }
      </Loaded>
    </Page>
  );
}

/** What can be done with the backups as a whole: make one, and give up the old ones. */
function Actions() {
  const t = useTexts();
  const format = useFormats();
  const client = useQueryClient();
  const { say, sayFailed } = useToasts();
  const [isCompressed, setCompressed] = useState(false);
  const [isAsking, ask] = useState(false);
  const { data: info } = useQuery(backupInfoQuery);
  const refresh = () => client.invalidateQueries({ queryKey: ['backups'] });
  const create = useMutation({
    mutationFn: () => answered(api.POST('/api/backup', { body: { compress: isCompressed } })),
    onSuccess: (backup) => say(t.backups.made(backup.id, format.bytes(backup.size_bytes))),
    onError: sayFailed,
    onSettled: refresh,
  });
  const prune = useMutation({
    mutationFn: () => answered(api.POST('/api/backup/prune')),
    onSuccess: ({ deleted }) => say(t.backups.pruned(deleted.length)),
    onError: sayFailed,
    onSettled: async () => {
      ask(false);
      await refresh();
    },
  });
  return (
    <>
      {create.isPending && (
        <span className="help" role="status">
          {t.backups.making}
        </span>
      )}
      <label className="inline-switch">
        <Switch label={t.backups.compress} isOn={isCompressed} onChange={setCompressed} />
        <span aria-hidden="true">{t.backups.compress}</span>
      </label>
      <Button onClick={() => ask(true)}>{t.backups.prune}</Button>
      <Button kind="primary" icon={<PlusIcon />} isBusy={create.isPending} onClick={() => create.mutate()}>
        {t.backups.create}
      </Button>
      {isAsking && (
        <Confirm
          title={t.backups.pruneQuestion}
          action={t.backups.prune}
          isDangerous
          isBusy={prune.isPending}
          onConfirm={() => prune.mutate()}
          onCancel={() => ask(false)}
        >
          <p>{t.backups.pruneText(info?.retention_days ?? 0)}</p>
        </Confirm>
      )}
    </>
  );
}
