import { CheckIcon, CopyIcon } from '@radix-ui/react-icons';
import { useState } from 'react';
import { useTexts } from '../language/language';
import { IconButton } from './button';

/** Copies a text; without the clipboard (plain http from afar) it selects it instead, to be copied by hand. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const t = useTexts();
  const [isDone, setDone] = useState(false);
  const copy = async () => {
    await writeText(text);
    setDone(true);
  };
  return (
    <IconButton label={isDone ? t.common.copied : label} onClick={() => void copy()} onBlur={() => setDone(false)}>
      {isDone ? <CheckIcon /> : <CopyIcon />}
    </IconButton>
  );
}

async function writeText(text: string): Promise<void> {
  // Absent outside of secure contexts, whatever the types say.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard) return clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  // The one way that works there.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  document.execCommand('copy');
  area.remove();
}
