import { PlusIcon } from '@radix-ui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ApiKey } from '../api/types';
import { useFormats, useNow } from '../format/format';
import { useTexts } from '../language/language';
import { Badge, type Tone } from '../ui/badge';
import { Button } from '../ui/button';
import { Page } from '../ui/page';
import { Empty, Loaded } from '../ui/states';
import { Table, type Column } from '../ui/table';
import { NewKeyDialog } from './new-key-dialog';
import { apiKeysQuery } from './queries';
import { RevokeKey } from './revoke-key';

/** More than these are folded. */
const SCOPES_SHOWN_MAX = 6;

type State = 'active' | 'expired' | 'revoked';

const tones: Readonly<Record<State, Tone>> = { active: 'good', expired: 'neutral', revoked: 'bad' };

export function ApiKeysPage() {
  const t = useTexts();
  const format = useFormats();
  const nowMs = useNow();
  const [isMaking, setMaking] = useState(false);
  const query = useQuery(apiKeysQuery);
  const instant = (at: string | null, otherwise: string) =>
    at === null ? otherwise : <time dateTime={at}>{format.instant(at)}</time>;
  const columns: readonly Column<ApiKey>[] = [
    {
      name: t.apiKeys.state,
      cell: (key) => <Badge tone={tones[stateOf(key, nowMs)]}>{t.apiKeys.states[stateOf(key, nowMs)]}</Badge>,
    },
    {
      name: t.apiKeys.name,
      cell: ({ name, hint }) => (
        <div className="two-lines">
          <strong>{name}</strong>
          <span className="muted code">{hint}…</span>
        </div>
      ),
    },
    { name: t.apiKeys.scopes, kind: 'grow', cell: ({ scopes }) => <Scopes scopes={scopes} /> },
    { name: t.apiKeys.created, cell: (key) => instant(key.created_at, '–') },
    { name: t.apiKeys.used, cell: (key) => instant(key.last_used_at, t.apiKeys.never) },
    { name: t.apiKeys.expires, cell: (key) => instant(key.expires_at, t.apiKeys.never) },
    {
      name: t.apiKeys.actions,
      kind: 'actions',
      cell: (key) => stateOf(key, nowMs) === 'active' && <RevokeKey apiKey={key} />,
    },
  ];
  return (
    <Page
      title={t.apiKeys.title}
      intro={t.apiKeys.intro}
      actions={
        <Button kind="primary" icon={<PlusIcon />} onClick={() => setMaking(true)}>
          {t.apiKeys.make}
        </Button>
      }
    >
      <Loaded query={query}>
        {(keys) =>
          keys.length === 0 ? (
            <Empty title={t.apiKeys.none}>
              <p>{t.apiKeys.noneHelp}</p>
            </Empty>
          ) : (
            <Table label={t.apiKeys.title} columns={columns} rows={keys} keyOf={({ id }) => id} />
          )
        }
      </Loaded>
      {isMaking && <NewKeyDialog onClose={() => setMaking(false)} />}
    </Page>
  );
}

function Scopes({ scopes }: { readonly scopes: readonly string[] }) {
  const t = useTexts();
  const all = <span className="code">{scopes.join(', ')}</span>;
  if (scopes.length <= SCOPES_SHOWN_MAX) return all;
  return (
    <details>
      <summary>{t.apiKeys.permissions(scopes.length)}</summary>
      {all}
    </details>
  );
}

function stateOf({ revoked_at: revokedAt, expires_at: expiresAt }: ApiKey, nowMs: number): State {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && Date.parse(expiresAt) <= nowMs ? 'expired' : 'active';
}
