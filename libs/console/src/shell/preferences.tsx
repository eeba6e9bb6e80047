import { languages, useLanguage, type Language } from '../language/language';
import { useTheme, type Theme } from '../theme/theme';
import { SelectField } from '../ui/field';

export function LanguageSelect() {
  const { language, setLanguage, t } = useLanguage();
  return (
    <SelectField
      label={t.shell.language}
      isLabelHidden
      value={language}
      onChange={(value) => setLanguage(value as Language)}
      options={languages.map(({ id, name }) => ({ value: id, label: name }))}
    />
  );
}

export function ThemeSelect() {
  const { t } = useLanguage();
  const { theme, setTheme } = useTheme();
  const options: readonly { value: Theme; label: string }[] = [
    { value: 'system', label: t.shell.themes.system },
    { value: 'light', label: t.shell.themes.light },
    { value: 'dark', label: t.shell.themes.dark },
  ];
  return (
    <SelectField
      label={t.shell.theme}
      isLabelHidden
      value={theme}
      onChange={(value) => setTheme(value as Theme)}
      options={options}
    />
  );
}
