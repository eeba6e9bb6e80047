import { useState } from 'react';
import { useTexts } from '../language/language';
import { Confirm } from '../ui/confirm';
import { Switch } from '../ui/switch';
import type { SettingSaver } from './use-setting';

/** The guide's words, in its language whatever the reader's. */
const QUESTION =
  'Disabling SSL verification is a security risk. Only do this if you have a self-signed certificate or are behind a corporate proxy. Continue?';
const STORED_AS = 'simpletuner.ssl-confirmed';

export interface VerificationSettingProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly saver: SettingSaver;
  readonly isLocked: boolean;
}

/** Switching verification off is asked about once per browser session; who refuses leaves it on. */
export function VerificationSetting({ label, isOn, saver, isLocked }: VerificationSettingProps) {
  const t = useTexts();
  const [isAsking, ask] = useState(false);
  const change = (wanted: boolean) => {
    if (wanted || sessionStorage.getItem(STORED_AS) !== null) saver.save(wanted);
    else ask(true);
  };
  return (
    <>
      <Switch label={label} isOn={isOn} isDisabled={isLocked || saver.state === 'saving'} onChange={change} />
      {isAsking && (
        <Confirm
          title={label}
          action="OK"
          isDangerous
          onCancel={() => ask(false)}
          onConfirm={() => {
            sessionStorage.setItem(STORED_AS, 'yes');
            ask(false);
            saver.save(false);
          }}
        >
          <p lang="en">{QUESTION}</p>
          {t.settings.verificationQuestion !== '' && <p className="muted">{t.settings.verificationQuestion}</p>}
        </Confirm>
      )}
    </>
  );
}
