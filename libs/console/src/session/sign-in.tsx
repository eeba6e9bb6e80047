import { useState } from 'react';
import { useTexts } from '../language/language';
import { LanguageSelect, ThemeSelect } from '../shell/preferences';
import { Logo } from '../shell/logo';
import { Button } from '../ui/button';
import { TextField } from '../ui/field';

export interface SignInProps {
  /** The key that was tried last is not known. */
  readonly isWrong: boolean;
  readonly isBusy: boolean;
  readonly onKey: (key: string) => void;
}

/** The way in from another machine. */
export function SignIn({ isWrong, isBusy, onKey }: SignInProps) {
  const t = useTexts();
  const [key, setKey] = useState('');
  return (
    <main className="alone">
      <form
        className="sign-in"
        onSubmit={(event) => {
          event.preventDefault();
          if (key.trim() !== '') onKey(key.trim());
        }}
      >
        <Logo />
        <h1>{t.signIn.title}</h1>
        <p>{t.signIn.intro}</p>
        <TextField
          label={t.signIn.key}
          type="password"
          value={key}
          onChange={setKey}
          isCode
          autoFocus
          error={isWrong && !isBusy ? t.signIn.wrong : undefined}
          help={t.signIn.help}
        />
        <Button kind="primary" type="submit" isBusy={isBusy} disabled={key.trim() === ''}>
          {t.signIn.action}
        </Button>
      </form>
      <div className="preferences">
        <LanguageSelect />
        <ThemeSelect />
      </div>
    </main>
  );
}
