import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import { en } from './en';
import { ja } from './ja';

export type Language = 'en' | 'ja';
export const languages: readonly { readonly id: Language; readonly name: string }[] = [
  { id: 'en', name: 'English' },
  { id: 'ja', name: '日本語' },
];

/** Everything that the console says; each language has exactly these texts. */
export type Texts = typeof en;

const tables: Readonly<Record<Language, Texts>> = { en, ja };
const STORED_AS = 'simpletuner.language';

interface Spoken {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly t: Texts;
}

const Context = createContext<Spoken | null>(null);

/** What was chosen before, else what the browser prefers. */
function initialLanguage(): Language {
  const stored = localStorage.getItem(STORED_AS);
  if (stored === 'en' || stored === 'ja') return stored;
  return navigator.language.startsWith('ja') ? 'ja' : 'en';
}

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, choose] = useState(initialLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const spoken = useMemo<Spoken>(() => {
    const setLanguage = (chosen: Language) => {
      localStorage.setItem(STORED_AS, chosen);
      choose(chosen);
    };
    return { language, setLanguage, t: tables[language] };
  }, [language]);
  return <Context value={spoken}>{children}</Context>;
}

export function useLanguage(): Spoken {
  const spoken = use(Context);
  if (!spoken) throw new Error('useLanguage needs a LanguageProvider');
  return spoken;
}

/** The texts in the language of the reader. */
export function useTexts(): Texts {
  return useLanguage().t;
}
