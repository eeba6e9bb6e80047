import { useEffect, type ReactNode } from 'react';

export interface PageProps {
  readonly title: string;
  readonly intro?: ReactNode;
  readonly actions?: ReactNode;
  /** Before the title: the way back. */
  readonly before?: ReactNode;
  readonly children: ReactNode;
}

/** A page: one title, what can be done with it as a whole, then its parts. */
export function Page({ title, intro, actions, before, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · SimpleTuner Cloud`;
  }, [title]);
  return (
    <div className="page">
      {before}
      <header className="page-header">
        <div>
          <h1>{title}</h1>
          {intro !== undefined && <div className="page-intro">{intro}</div>}
        </div>
        {actions !== undefined && <div className="actions">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export interface PanelProps {
  readonly title: string;
  readonly intro?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** The content reaches the edges: tables. */
  readonly isFlush?: boolean;
}

export function Panel({ title, intro, actions, children, isFlush }: PanelProps) {
  return (
    <section className={`panel ${isFlush ? 'panel-flush' : ''}`} aria-label={title}>
      <header className="panel-header">
        <div>
          <h2>{title}</h2>
          {intro !== undefined && <p className="help">{intro}</p>}
        </div>
        {actions !== undefined && <div className="actions">{actions}</div>}
      </header>
      <div className="panel-body">{children}</div>
    </section>
  );
}

/** Names and values, one below the other. */
export function Facts({ rows }: { readonly rows: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value ?? '–'}</dd>
        </div>
      ))}
    </dl>
  );
}
