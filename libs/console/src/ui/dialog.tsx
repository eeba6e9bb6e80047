import { Cross2Icon } from '@radix-ui/react-icons';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { useTexts } from '../language/language';
import { IconButton } from './button';

/** Where one would begin: to fill in, else to choose the harmless way out. */
const FIRST_CONTROL =
  '.dialog-body :is(input, select, textarea), .dialog:not(:has(.dialog-body :is(input, select, textarea))) .dialog-footer button';

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly footer?: ReactNode;
  readonly size?: 'small' | 'medium' | 'large';
}

/** The browser's own modal dialog: it keeps the focus inside, closes on Escape and gives the focus back. */
export function Dialog({ title, onClose, children, footer, size = 'small' }: DialogProps) {
  const t = useTexts();
  const titleId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // The browser would choose the button that closes it.
    element?.querySelector<HTMLElement>(FIRST_CONTROL)?.focus();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={`dialog dialog-${size}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header className="dialog-header">
        <h2 id={titleId}>{title}</h2>
        <IconButton label={t.common.close} onClick={onClose}>
          <Cross2Icon />
        </IconButton>
      </header>
      <div className="dialog-body">{children}</div>
      {footer && <footer className="dialog-footer">{footer}</footer>}
    </dialog>
  );
}
