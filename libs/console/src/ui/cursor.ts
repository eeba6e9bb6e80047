import { useState } from 'react';

/** The pages behind and ahead of a list that is read by cursors; begins anew when what is asked for (`subject`) changes. */
export function useCursor(subject: string) {
  const [state, setState] = useState<{ subject: string; cursors: readonly string[] }>({ subject, cursors: [] });
  const cursors = state.subject === subject ? state.cursors : [];
  const go = (to: readonly string[]) => setState({ subject, cursors: to });
  return {
    cursor: cursors.at(-1),
    page: cursors.length + 1,
    back: cursors.length > 0 ? () => go(cursors.slice(0, -1)) : undefined,
    forward: (next: string | null | undefined) =>
      next === null || next === undefined ? undefined : () => go([...cursors, next]),
  };
}
