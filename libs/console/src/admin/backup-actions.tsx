import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { answered, api } from '../api/client';
import { asFailure } from '../api/failure';
import type { Backup } from '../api/types';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { Confirm } from '../ui/confirm';
import { useToasts } from '../ui/toasts';

const MS_PER_SECOND = 1_000;

/** What can be done with one backup, and the dialogs that ask before it is done. */
export function useBackupActions(backup: Backup): {
  readonly verify: () => void;
  readonly restore: () => void;
  readonly remove: () => void;
  /** What is under way, in words. */
  readonly busy: string | undefined;
  readonly dialogs: ReactNode;
} {
  const t = useTexts();
  const format = useFormats();
  const client = useQueryClient();
  const { say, sayFailed } = useToasts();
  const [question, ask] = useState<'restore' | 'delete' | null>(null);
  const { id } = backup;
  const params = { path: { id } };
  const duration = (ms: number) => format.duration(ms / MS_PER_SECOND);
  const refresh = () => client.invalidateQueries({ queryKey: ['backups'] });

  const verify = useMutation({
    mutationFn: () => answered(api.POST('/api/backup/{id}/verify', { params })),
    onSuccess: ({ drill }) => say(t.backups.verified(id, duration(drill.duration_ms))),
    onError: sayFailed,
    onSettled: refresh,
  });
  const restore = useMutation({
    mutationFn: () => answered(api.POST('/api/backup/{id}/restore', { params })),
    onSuccess: ({ duration_ms: durationMs, safety_copy: safety, migrations_applied: migrations }) => {
      ask(null);
      const sentences = [
        t.backups.restored(id, duration(durationMs)),
        safety && t.backups.restoredSafety(safety.id),
        migrations.length > 0 && t.backups.restoredMigrations(migrations.length),
      ];
      say(sentences.filter((sentence) => typeof sentence === 'string').join(' '));
      // Whatever was read before is of other records.
      void client.invalidateQueries();
    },
  });
  const remove = useMutation({
    mutationFn: () => answered(api.DELETE('/api/backup/{id}', { params })),
    onSuccess: () => {
      ask(null);
      say(t.backups.deleted(id));
      void refresh();
    },
  });

  const close = () => {
    restore.reset();
    remove.reset();
    ask(null);
  };
  const asked = question === 'restore' ? restore : remove;
  const failure = asked.error ? asFailure(asked.error) : undefined;
  const shared = {
    isDangerous: true,
    isBusy: asked.isPending,
    error: failure && (failure.status === 0 ? t.common.serverAway : failure.message),
    onConfirm: () => asked.mutate(),
    onCancel: close,
  };
  return {
    verify: () => verify.mutate(),
    restore: () => ask('restore'),
    remove: () => ask('delete'),
    busy: verify.isPending ? t.backups.verifying : undefined,
    dialogs:
      question === 'restore' ? (
        <Confirm {...shared} title={t.backups.restoreQuestion} action={t.backups.restore} typed={id}>
          <div className="stack">
            <p>{t.backups.restoreText(id, format.instant(backup.created_at))}</p>
            <p>{t.backups.restoreWarning}</p>
          </div>
        </Confirm>
      ) : (
        question === 'delete' && (
          <Confirm {...shared} title={t.backups.deleteQuestion} action={t.backups.delete}>
            <p>{t.backups.deleteText(id)}</p>
          </Confirm>
        )
      ),
  };
}
