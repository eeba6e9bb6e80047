import { useState, type ReactNode } from 'react';
import { useTexts } from '../language/language';
import { Button } from './button';
import { Dialog } from './dialog';
import { TextField } from './field';

export interface ConfirmProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly action: string;
  readonly isDangerous?: boolean;
  readonly isBusy?: boolean;
  readonly error?: string | undefined;
  /** What has to be typed before it can be done; for what cannot be undone. */
  readonly typed?: string;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}

/** Asks before something is done. */
export function Confirm({
  title,
  children,
  action,
  isDangerous,
  isBusy,
  error,
  typed,
  onConfirm,
  onCancel,
}: ConfirmProps) {
  const t = useTexts();
  const [text, setText] = useState('');
  return (
    <Dialog
      title={title}
      onClose={onCancel}
      footer={
        <>
          <Button onClick={onCancel}>{t.common.cancel}</Button>
          <Button
            kind={isDangerous ? 'danger' : 'primary'}
            isBusy={isBusy ?? false}
            disabled={typed !== undefined && text !== typed}
            onClick={onConfirm}
          >
            {action}
          </Button>
        </>
      }
    >
      {children}
      {typed !== undefined && (
        <TextField label={t.common.typeToConfirm(typed)} value={text} onChange={setText} isCode autoFocus />
      )}
      {error !== undefined && (
        <p className="fault" role="alert">
          {error}
        </p>
      )}
    </Dialog>
  );
}
