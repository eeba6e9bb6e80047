import { CheckCircledIcon, CrossCircledIcon } from '@radix-ui/react-icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { answered, api } from '../api/client';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { Button } from '../ui/button';
import { Panel } from '../ui/page';
import { Failed } from '../ui/states';
import { auditStatsQuery } from './queries';

/** Computes the chain anew, and says whether the log is as it was written. */
export function AuditVerification() {
  const t = useTexts();
  const format = useFormats();
  const { data: stats } = useQuery(auditStatsQuery);
  const verify = useMutation({ mutationFn: () => answered(api.GET('/api/audit/verify', { params: { query: {} } })) });
  return (
    <Panel
      title={t.audit.chain}
      intro={stats && t.audit.stats(format.number(stats.total), format.number(stats.last_24h))}
      actions={
        <Button isBusy={verify.isPending} onClick={() => verify.mutate()}>
          {t.audit.verify}
        </Button>
      }
    >
      {verify.error ? (
        <Failed error={verify.error} />
      ) : (
        <p role="status" className={verify.data ? (verify.data.valid ? 'saved' : 'fault') : 'muted'}>
          {verify.data && (verify.data.valid ? <CheckCircledIcon /> : <CrossCircledIcon />)}
          {verify.data ? verify.data.message : t.audit.chainHelp}
        </p>
      )}
    </Panel>
  );
}
