import { CheckIcon, LockClosedIcon } from '@radix-ui/react-icons';
import type { ReactNode } from 'react';
import type { ProviderSettings } from '../api/types';
import { useTexts } from '../language/language';
import { Button } from '../ui/button';
import type { FieldName } from './fields';
import { OUTDATED, type SettingSaver } from './use-setting';

export interface SettingRowProps {
  readonly name: FieldName;
  readonly settings: ProviderSettings;
  readonly saver: SettingSaver;
  readonly children: ReactNode;
}

/** A setting: what it is, its control, where its value comes from, and how the last save went. */
export function SettingRow({ name, settings, saver, children }: SettingRowProps) {
  const t = useTexts();
  const source = settings.sources[name] ?? 'default';
  return (
    <div className="setting">
      <div className="setting-words">
        <p className="setting-name">{t.settings.fields[name].label}</p>
        <p className="help">{t.settings.fields[name].help}</p>
      </div>
      <div className="setting-control">
        {children}
        <div className="setting-state">
          <span className="muted source" title={t.settings.sourceHelp[source]}>
            {source === 'environment' && <LockClosedIcon />}
            {t.settings.sources[source]}
          </span>
          <Outcome saver={saver} name={name} />
          {source === 'stored' && saver.state !== 'saving' && (
            <Button
              kind="quiet"
              className="reset"
              aria-label={t.settings.resetField(t.settings.fields[name].label)}
              onClick={() => saver.save('')}
            >
              {t.settings.reset}
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}

function Outcome({ saver, name }: { readonly saver: SettingSaver; readonly name: FieldName }) {
  const t = useTexts();
  const { state, failure } = saver;
  const label = t.settings.fields[name].label;
  if (state === 'saving') return <span role="status">{t.settings.saving}</span>;
  if (state === 'saved')
    return (
      <span role="status" className="saved" aria-label={t.settings.savedField(label)}>
        <CheckIcon /> {t.settings.saved}
      </span>
    );
  if (!failure) return null;
  const said = failure.of(name);
  const text =
    failure.status === OUTDATED
      ? t.settings.outdated
      : failure.status === 0
        ? t.common.serverAway
        : (said ?? failure.message);
  return (
    <span role="alert" className="fault" id={`fault-${name}`}>
      {text}
    </span>
  );
}
