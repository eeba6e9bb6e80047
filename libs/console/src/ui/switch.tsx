import { Switch as Radix } from 'radix-ui';

export interface SwitchProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
  readonly isDisabled?: boolean;
}

export function Switch({ label, isOn, onChange, isDisabled = false }: SwitchProps) {
  return (
    <Radix.Root className="switch" checked={isOn} disabled={isDisabled} onCheckedChange={onChange} aria-label={label}>
      <Radix.Thumb className="switch-thumb" />
    </Radix.Root>
  );
}
