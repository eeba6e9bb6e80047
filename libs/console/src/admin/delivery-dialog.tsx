import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { answered, api } from '../api/client';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Facts } from '../ui/page';
import { Loaded } from '../ui/states';
import { useToasts } from '../ui/toasts';
import { deliveryQuery } from './queries';

/** One delivery with its body, which holds no secrets any more. */
export function DeliveryDialog({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const t = useTexts();
  const format = useFormats();
  const client = useQueryClient();
  const { say, sayFailed } = useToasts();
  const query = useQuery(deliveryQuery(id));
  const replay = useMutation({
    mutationFn: () => answered(api.POST('/api/cloud/webhooks/deliveries/{id}/replay', { params: { path: { id } } })),
    onSuccess: ({ replayed }) => {
      onClose();
      say(t.deliveries.replayed(replayed));
      void client.invalidateQueries({ queryKey: ['deliveries'] });
    },
    onError: sayFailed,
  });
  return (
    <Dialog
      title={t.deliveries.one}
      size="medium"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t.common.close}</Button>
          <Button kind="primary" isBusy={replay.isPending} onClick={() => replay.mutate()}>
            {t.deliveries.replay}
          </Button>
        </>
      }
    >
      <Loaded query={query}>
        {(one) => (
          <>
            <Facts
              rows={[
                [t.deliveries.state, t.deliveries.states[one.state]],
                [t.deliveries.outcome, one.outcome],
                [t.deliveries.received, format.instant(one.received_at)],
                [t.deliveries.processed, one.processed_at && format.instant(one.processed_at)],
                [t.deliveries.attempts, one.attempts],
                [t.deliveries.provider, one.provider],
                [
                  t.deliveries.job,
                  one.job_id && (
                    <Link to="/cloud/jobs/$jobId" params={{ jobId: one.job_id }} className="code">
                      {one.job_id}
                    </Link>
                  ),
                ],
                [t.deliveries.webhookId, <span className="code">{one.webhook_id}</span>],
                [t.deliveries.address, <span className="code">{one.ip}</span>],
                [t.deliveries.correlation, <span className="code">{one.correlation_id}</span>],
              ]}
            />
            <Body body={one.body} />
          </>
        )}
      </Loaded>
    </Dialog>
  );
}

function Body({ body }: { readonly body: unknown }) {
  const t = useTexts();
  return (
    <div className="stack">
      <h3>{t.deliveries.body}</h3>
      <pre className="document" tabIndex={0} role="group" aria-label={t.deliveries.body}>
        {JSON.stringify(body, null, 2)}
      </pre>
    </div>
  );
}
