import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { answered, api } from '../api/client';
import { providersQuery } from '../api/queries';
import type { Delivery } from '../api/types';
import { useFormats } from '../format/format';
import { shortId } from '../jobs/job-name';
import { useTexts } from '../language/language';
import { Badge, type Tone } from '../ui/badge';
import { Button } from '../ui/button';
import { Choice } from '../ui/choice';
import { Confirm } from '../ui/confirm';
import { useCursor } from '../ui/cursor';
import { SelectField } from '../ui/field';
import { Page } from '../ui/page';
import { Empty, Loaded } from '../ui/states';
import { Pager, Table, type Column } from '../ui/table';
import { useToasts } from '../ui/toasts';
import { DeliveryDialog } from './delivery-dialog';
import { deliveriesQuery } from './queries';

const tones: Readonly<Record<Delivery['state'], Tone>> = { pending: 'warn', processed: 'good', dead: 'bad' };
const states = ['pending', 'processed', 'dead'] as const;

export function DeliveriesPage() {
  const t = useTexts();
  const format = useFormats();
  const [state, setState] = useState<Delivery['state'] | 'all'>('all');
  const [provider, setProvider] = useState('');
  const [open, setOpen] = useState<string | null>(null);
  const filter = {
    ...(state !== 'all' && { state }),
    ...(provider !== '' && { provider }),
  };
  const { cursor, page, back, forward } = useCursor(JSON.stringify(filter));
  const { data: providers = [] } = useQuery(providersQuery);
  const query = useQuery(deliveriesQuery({ ...filter, cursor }));
  const columns: readonly Column<Delivery>[] = [
    {
      name: t.deliveries.state,
      cell: (one) => <Badge tone={tones[one.state]}>{t.deliveries.states[one.state]}</Badge>,
    },
    {
      name: t.deliveries.received,
      cell: (one) => (
        <button type="button" className="link-button" onClick={() => setOpen(one.delivery_id)}>
          <time dateTime={one.received_at}>{format.instant(one.received_at)}</time>
        </button>
      ),
    },
    { name: t.deliveries.provider, cell: (one) => one.provider },
    {
      name: t.deliveries.job,
      cell: (one) =>
        one.job_id === null ? (
          '–'
        ) : (
          <Link to="/cloud/jobs/$jobId" params={{ jobId: one.job_id }} className="code">
            {shortId(one.job_id)}
          </Link>
        ),
    },
    { name: t.deliveries.outcome, kind: 'grow', cell: (one) => <span className="one-line">{one.outcome ?? '–'}</span> },
    { name: t.deliveries.attempts, kind: 'number', cell: (one) => format.number(one.attempts) },
    { name: t.deliveries.address, cell: (one) => <span className="code">{one.ip}</span> },
  ];
  return (
    <Page title={t.deliveries.title} intro={t.deliveries.intro} actions={<ReplayAll filter={filter} />}>
      <div className="filters">
        <Choice
          label={t.deliveries.state}
          value={state}
          onChange={(value) => setState(value as typeof state)}
          options={[
            { value: 'all', label: t.deliveries.all },
            ...states.map((value) => ({ value, label: t.deliveries.states[value] })),
          ]}
        />
        <SelectField
          label={t.deliveries.provider}
          isLabelHidden
          value={provider}
          onChange={setProvider}
          options={[
            { value: '', label: t.jobs.allProviders },
            ...providers.map(({ name }) => ({ value: name, label: name })),
          ]}
        />
      </div>
      <Loaded query={query} lines={8}>
        {({ deliveries, next_cursor: next }) =>
          deliveries.length === 0 ? (
            <Empty title={t.deliveries.none}>
              <p>{t.deliveries.noneHelp}</p>
            </Empty>
          ) : (
            <>
              <Table
                label={t.deliveries.title}
                columns={columns}
                rows={deliveries}
                keyOf={(one) => one.delivery_id}
                onOpen={(one) => setOpen(one.delivery_id)}
              />
              <Pager
                summary={t.common.page(page)}
                previous={{ label: t.common.newer, onPress: back }}
                next={{ label: t.common.older, onPress: forward(next) }}
              />
            </>
          )
        }
      </Loaded>
      {open !== null && <DeliveryDialog id={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}

/** All that the filter shows, whatever the page. */
function ReplayAll({ filter }: { readonly filter: { state?: Delivery['state']; provider?: string } }) {
  const t = useTexts();
  const client = useQueryClient();
  const { say, sayFailed } = useToasts();
  const [isAsking, ask] = useState(false);
  const replay = useMutation({
    mutationFn: () => answered(api.POST('/api/cloud/webhooks/replay', { body: filter })),
    onSuccess: ({ replayed }) => {
      say(t.deliveries.replayed(replayed));
      void client.invalidateQueries({ queryKey: ['deliveries'] });
    },
    onError: sayFailed,
    onSettled: () => ask(false),
  });
  return (
    <>
      <Button onClick={() => ask(true)}>{t.deliveries.replayAll}</Button>
      {isAsking && (
        <Confirm
          title={t.deliveries.replayAll}
          action={t.deliveries.replay}
          isBusy={replay.isPending}
          onConfirm={() => replay.mutate()}
          onCancel={() => ask(false)}
        >
          <p>{t.deliveries.replayAllText}</p>
        </Confirm>
      )}
    </>
  );
}
