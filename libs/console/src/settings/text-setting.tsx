import { useState } from 'react';
import type { SettingSaver } from './use-setting';

export interface TextSettingProps {
  readonly label: string;
  /** As stored; written anew when it changes on the server. */
  readonly value: string;
  readonly saver: SettingSaver;
  readonly isLocked: boolean;
  readonly isNumber?: boolean;
  readonly isCode?: boolean;
  readonly placeholder?: string;
  /** What is sent for the text, where that is not the text itself. */
  readonly parse?: (text: string) => unknown;
  readonly rows?: number;
}

interface Draft {
  readonly text: string;
  /** What was stored when the reader began to type. */
  readonly before: string;
}

/** Saved on Enter and on leaving; Escape takes back what was typed. */
export function TextSetting(props: TextSettingProps) {
  const { label, value, saver, isLocked, isNumber, isCode, placeholder, parse = (text) => text, rows } = props;
  const [draft, setDraft] = useState<Draft | null>(null);
  const shown = draft?.text ?? value;
  const commit = () => {
    if (draft === null || draft.text === value) {
      setDraft(null);
      return;
    }
    saver.save(draft.text === '' ? '' : parse(draft.text), draft.before !== value);
    // Who has been told of it and still wants it may save.
    setDraft({ ...draft, before: value });
  };
  // Once the server has taken it, the server's own spelling of it counts.
  if (draft !== null && saver.state === 'saved') setDraft(null);
  const shared = {
    'aria-label': label,
    'aria-invalid': saver.state === 'failed' ? true : undefined,
    className: `input ${isCode ? 'code' : ''}`,
    value: shown,
    disabled: isLocked,
    placeholder,
    spellCheck: false,
    onChange: (event: { target: { value: string } }) => {
      saver.forget();
      setDraft({ text: event.target.value, before: draft?.before ?? value });
    },
    onBlur: commit,
  };
  if (rows !== undefined) return <textarea {...shared} rows={rows} />;
  return (
    <input
      {...shared}
      type="text"
      autoComplete="off"
      inputMode={isNumber ? 'decimal' : undefined}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
        if (event.key === 'Escape') {
          setDraft(null);
          saver.forget();
        }
      }}
    />
  );
}
