import { useQuery } from '@tanstack/react-query';
import { hardwareQuery } from '../api/queries';
import type { ProviderSettings } from '../api/types';
import { useTexts } from '../language/language';
import { useSession } from '../session/session';
import { SelectField } from '../ui/field';
import { Switch } from '../ui/switch';
import type { FieldShape } from './fields';
import { RangeSetting } from './range-setting';
import { SettingRow } from './setting-row';
import { TextSetting } from './text-setting';
import { useSetting, type SettingSaver } from './use-setting';
import { VerificationSetting } from './verification-setting';

/** One setting with the control that fits it; locked when the environment has it, or the reader may not change it. */
export function Setting({ shape, settings }: { readonly shape: FieldShape; readonly settings: ProviderSettings }) {
  const { may } = useSession();
  const saver = useSetting(settings.provider, shape.name);
  const isLocked = settings.sources[shape.name] === 'environment' || !may('admin.config');
  return (
    <SettingRow name={shape.name} settings={settings} saver={saver}>
      <Control shape={shape} settings={settings} saver={saver} isLocked={isLocked} />
    </SettingRow>
  );
}

interface ControlProps {
  readonly shape: FieldShape;
  readonly settings: ProviderSettings;
  readonly saver: SettingSaver;
  readonly isLocked: boolean;
}

function Control({ shape: { name, kind }, settings, saver, isLocked }: ControlProps) {
  const t = useTexts();
  const { label } = t.settings.fields[name];
  const value = settings.settings[name];
  const shared = { label, saver, isLocked };
  switch (kind) {
    case 'switch':
      return (
        <Switch label={label} isOn={value === true} isDisabled={isLocked} onChange={(value) => saver.save(value)} />
      );
    case 'verification':
      return <VerificationSetting {...shared} isOn={value !== false} />;
    case 'ranges':
      return <RangeSetting {...shared} ranges={(value ?? []) as string[]} />;
    case 'command':
      return <TextSetting {...shared} isCode rows={3} value={(value as string[]).join('\n')} parse={linesOf} />;
    case 'number':
      return (
        <TextSetting
          {...shared}
          isNumber
          value={textOf(value)}
          placeholder={t.settings.unlimited}
          // What is no number goes as it is: the server says what is wrong with it.
          parse={(text) => (Number.isNaN(Number(text)) ? text : Number(text))}
        />
      );
    case 'text':
      return <TextSetting {...shared} isCode value={textOf(value)} placeholder={t.settings.notSet} />;
    case 'profile':
      return <ProfileSetting provider={settings.provider} value={textOf(value)} {...shared} />;
    default:
      return (
        <SelectField
          label={label}
          isLabelHidden
          value={textOf(value)}
          disabled={isLocked}
          onChange={(value) => saver.save(value)}
          options={kind.map((word) => ({
            value: word,
            label: t.settings.words[word as keyof typeof t.settings.words],
          }))}
        />
      );
  }
}

function ProfileSetting(
  props: Omit<ControlProps, 'shape' | 'settings'> & { provider: string; value: string; label: string },
) {
  const t = useTexts();
  const { data: profiles = [] } = useQuery(hardwareQuery(props.provider));
  return (
    <SelectField
      label={props.label}
      isLabelHidden
      value={props.value}
      disabled={props.isLocked}
      onChange={(value) => props.saver.save(value)}
      options={[
        { value: '', label: t.settings.providersChoice },
        ...profiles.map(({ id, label }) => ({ value: id, label })),
      ]}
    />
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
