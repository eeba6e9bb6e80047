import type { ButtonHTMLAttributes, ReactNode } from 'react';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: 'primary' | 'secondary' | 'quiet' | 'danger';
  readonly icon?: ReactNode;
  /** Shows that it works on it, and takes no further press. */
  readonly isBusy?: boolean;
}

export function Button({ kind = 'secondary', icon, isBusy = false, children, className, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`button button-${kind} ${className ?? ''}`}
      aria-busy={isBusy || undefined}
      disabled={rest.disabled === true || isBusy}
    >
      {isBusy ? <span className="spinner" aria-hidden="true" /> : icon}
      {children}
    </button>
  );
}

/** A button that is a picture; `label` is what it is called. */
export function IconButton({ label, children, ...rest }: ButtonProps & { readonly label: string }) {
  return (
    <Button kind="quiet" {...rest} className={`icon-button ${rest.className ?? ''}`} aria-label={label} title={label}>
      {children}
    </Button>
  );
}
