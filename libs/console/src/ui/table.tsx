import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  readonly kind?: 'number' | 'code' | 'actions' | 'grow';
}

export interface TableProps<Row> {
  /** What the table holds, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  readonly onOpen?: (row: Row) => void;
}

/** A table that scrolls by itself where it does not fit. A row's own link opens it; a click anywhere in the row is the short way. */
export function Table<Row>({ label, columns, rows, keyOf, onOpen }: TableProps<Row>) {
  return (
    <div className="table-frame" tabIndex={0} role="group" aria-label={label}>
      <table className="table">
        <thead>
          <tr>
            {columns.map(({ name, kind }) => (
              <th key={name} scope="col" className={kind}>
                {kind === 'actions' ? <span className="visually-hidden">{name}</span> : name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={keyOf(row)}
              className={onOpen && 'clickable'}
              onClick={({ target, currentTarget }) => {
                // React passes on what happens in a row's menu and dialogs, which lie elsewhere in the page.
                if (!(target instanceof Element) || !currentTarget.contains(target)) return;
                if (target.closest('a, button, input, select') === null && window.getSelection()?.isCollapsed !== false)
                  onOpen?.(row);
              }}
            >
              {columns.map(({ name, cell, kind }) => (
                <td key={name} className={kind}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export interface PagerProps {
  readonly summary: string;
  readonly previous: { readonly label: string; readonly onPress?: (() => void) | undefined };
  readonly next: { readonly label: string; readonly onPress?: (() => void) | undefined };
}

export function Pager({ summary, previous, next }: PagerProps) {
  return (
    <div className="pager">
      <span>{summary}</span>
      <div className="actions">
        {[previous, next].map(({ label, onPress }) => (
          <button key={label} type="button" className="button button-secondary" disabled={!onPress} onClick={onPress}>
            {label}
          </button>
        ))}
      </div>
    </div>
  );
}
