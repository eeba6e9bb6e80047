import { ExclamationTriangleIcon } from '@radix-ui/react-icons';
import type { ReactNode } from 'react';
import { asFailure } from '../api/failure';
import { useTexts } from '../language/language';
import { Button } from './button';

/** Grey lines in the place of what is on its way. */
export function Loading({ lines = 3 }: { readonly lines?: number }) {
  const t = useTexts();
  return (
    <div className="loading" role="status">
      <span className="visually-hidden">{t.common.loading}</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="skeleton" />
      ))}
    </div>
  );
}

/** Nothing is there, why that is, and what to do about it. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children !== undefined && <div className="empty-more">{children}</div>}
    </div>
  );
}

/** What went wrong, in the server's words, and another try. */
export function Failed({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const t = useTexts();
  const { status, message, requestId } = asFailure(error);
  return (
    <div className="failed" role="alert">
      <ExclamationTriangleIcon />
      <div>
        <p>{status === 0 ? t.common.serverAway : message}</p>
        {requestId !== undefined && <p className="help">{t.common.requestId(requestId)}</p>}
      </div>
      {onRetry && <Button onClick={onRetry}>{t.common.tryAgain}</Button>}
    </div>
  );
}

interface Asked<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

/** What was asked for, or the state of the asking. What is there stays while it is asked for again. */
export function Loaded<T>({
  query,
  children,
  lines,
}: {
  readonly query: Asked<T>;
  readonly children: (data: T) => ReactNode;
  readonly lines?: number;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <Failed error={query.error} onRetry={() => void query.refetch()} />;
  return <Loading {...(lines !== undefined && { lines })} />;
}
