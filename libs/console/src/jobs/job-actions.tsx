import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { answered, api } from '../api/client';
import { asFailure } from '../api/failure';
import type { Job } from '../api/types';
import { useTexts } from '../language/language';
import { useSession } from '../session/session';
import { Confirm } from '../ui/confirm';
import { useToasts } from '../ui/toasts';
import { jobName } from './job-name';

type Question = 'cancel' | 'delete';

/** What can be done with a job now, and the dialogs that ask before it is done. */
export function useJobActions(job: Job): {
  readonly cancel: (() => void) | undefined;
  readonly retry: (() => void) | undefined;
  readonly remove: (() => void) | undefined;
  readonly isRetrying: boolean;
  readonly dialogs: ReactNode;
} {
  const t = useTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { may } = useSession();
  const { say, sayFailed } = useToasts();
  const [question, ask] = useState<Question | null>(null);
  const params = { path: { id: job.job_id } };

  const cancel = useMutation({
    mutationFn: () => answered(api.POST('/api/cloud/jobs/{id}/cancel', { params })),
    onSuccess: () => {
      ask(null);
      say(t.job.cancelled(jobName(job)));
      void client.invalidateQueries({ queryKey: ['jobs'] });
    },
  });
  const remove = useMutation({
    mutationFn: () => answered(api.DELETE('/api/cloud/jobs/{id}', { params })),
    onSuccess: async () => {
      ask(null);
      say(t.job.deleted(jobName(job)));
      await navigate({ to: '/cloud/jobs' });
      client.removeQueries({ queryKey: ['jobs', 'one', job.job_id] });
      void client.invalidateQueries({ queryKey: ['jobs'] });
    },
  });
  const retry = useMutation({
    mutationFn: () => answered(api.POST('/api/cloud/jobs/{id}/retry', { params })),
    onSuccess: ({ job_id: jobId }) => {
      say(t.job.retried);
      void client.invalidateQueries({ queryKey: ['jobs', 'list'] });
      void navigate({ to: '/cloud/jobs/$jobId', params: { jobId } });
    },
    onError: sayFailed,
  });

  const close = () => {
    cancel.reset();
    remove.reset();
    ask(null);
  };
  const asked = question === 'cancel' ? cancel : remove;
  const words = question === 'cancel' ? t.job.cancelQuestion : t.job.deleteQuestion;
  return {
    cancel: job.is_active && may('job.cancel.own', 'job.cancel.all') ? () => ask('cancel') : undefined,
    retry: job.is_terminal && may('job.submit') ? () => retry.mutate() : undefined,
    remove: job.is_terminal && may('job.delete.own', 'job.delete.all') ? () => ask('delete') : undefined,
    isRetrying: retry.isPending,
    dialogs: question !== null && (
      <Confirm
        title={words.title}
        action={words.action}
        isDangerous
        isBusy={asked.isPending}
        error={asked.error ? asFailure(asked.error).message : undefined}
        onConfirm={() => asked.mutate()}
        onCancel={close}
      >
        <p>{words.text(jobName(job))}</p>
      </Confirm>
    ),
  };
}
