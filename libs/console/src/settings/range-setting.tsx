import { Cross2Icon, PlusIcon } from '@radix-ui/react-icons';
import { useState } from 'react';
import { useTexts } from '../language/language';
import { Button, IconButton } from '../ui/button';
import { Badge } from '../ui/badge';
import type { SettingSaver } from './use-setting';

export interface RangeSettingProps {
  readonly label: string;
  readonly ranges: readonly string[];
  readonly saver: SettingSaver;
  readonly isLocked: boolean;
}

/** Addresses and ranges, each added and removed by itself. What the server refuses stays in the field. */
export function RangeSetting({ label, ranges, saver, isLocked }: RangeSettingProps) {
  const t = useTexts();
  const [draft, setDraft] = useState('');
  const [sent, setSent] = useState<string | null>(null);
  if (sent !== null && saver.state === 'saved') {
    setSent(null);
    setDraft('');
  }
  const add = () => {
    const range = draft.trim();
    if (range === '') return;
    setSent(range);
    saver.save([...ranges, range]);
  };
  const remove = (range: string) => {
    const left = ranges.filter((one) => one !== range);
    // An empty list is the default: every address.
    saver.save(left.length === 0 ? '' : left);
  };
  return (
    <div className="ranges">
      {ranges.length === 0 ? (
        <p className="muted">{t.settings.anyAddress}</p>
      ) : (
        <ul aria-label={label}>
          {ranges.map((range) => (
            <li key={range}>
              <Badge tone="neutral">{range}</Badge>
              {!isLocked && (
                <IconButton label={t.settings.removeRange(range)} onClick={() => remove(range)}>
                  <Cross2Icon />
                </IconButton>
              )}
            </li>
          ))}
        </ul>
      )}
      {!isLocked && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <input
            className="input code"
            aria-label={t.settings.newRange}
            aria-invalid={saver.state === 'failed' ? true : undefined}
            aria-describedby={saver.state === 'failed' ? 'fault-webhook_allowed_ips' : undefined}
            placeholder="10.0.0.0/8"
            autoComplete="off"
            spellCheck={false}
            value={draft}
            onChange={(event) => {
              saver.forget();
              setDraft(event.target.value);
            }}
          />
          <Button type="submit" icon={<PlusIcon />} disabled={draft.trim() === ''}>
            {t.settings.addRange}
          </Button>
        </form>
      )}
    </div>
  );
}
