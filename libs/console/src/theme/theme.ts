import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';

const STORED_AS = 'simpletuner.theme';
const listeners = new Set<() => void>();
const systemDark = window.matchMedia('(prefers-color-scheme: dark)');
systemDark.addEventListener('change', () => listeners.forEach((listener) => listener()));

function chosen(): Theme {
  const stored = localStorage.getItem(STORED_AS);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

/** Puts the choice where the style sheet sees it; called before anything is drawn. */
export function applyTheme(): void {
  document.documentElement.dataset['theme'] = chosen();
}

function choose(theme: Theme): void {
  localStorage.setItem(STORED_AS, theme);
  applyTheme();
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The theme that was chosen, whether that is dark now, and how to choose another. */
export function useTheme() {
  const theme = useSyncExternalStore(subscribe, chosen);
  const isDark = useSyncExternalStore(subscribe, () =>
    chosen() === 'system' ? systemDark.matches : chosen() === 'dark',
  );
  return { theme, isDark, setTheme: choose };
}
