import { ToggleGroup } from 'radix-ui';

export interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

/** One of a few, all in sight. */
export function Choice({ label, value, onChange, options }: ChoiceProps) {
  return (
    <ToggleGroup.Root
      type="single"
      className="choice"
      aria-label={label}
      value={value}
      // Pressing the chosen one again keeps it.
      onValueChange={(chosen) => chosen !== '' && onChange(chosen)}
    >
      {options.map((option) => (
        <ToggleGroup.Item key={option.value} value={option.value} className="choice-item">
          {option.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
