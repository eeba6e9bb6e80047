import { useId, type InputHTMLAttributes, type ReactNode } from 'react';

interface FrameProps {
  readonly label: string;
  readonly help?: ReactNode;
  readonly error?: string | undefined;
  /** Read by screen readers alone: where the surroundings say what the field is for. */
  readonly isLabelHidden?: boolean;
}

/** Ids that tie a control to its label, its help and what is wrong with it. */
function useFrame({ help, error }: Pick<FrameProps, 'help' | 'error'>) {
  const id = useId();
  const described = [help !== undefined && `${id}-help`, error !== undefined && `${id}-error`]
    .filter(Boolean)
    .join(' ');
  return {
    id,
    described: { 'aria-describedby': described || undefined, 'aria-invalid': error === undefined ? undefined : true },
  };
}

function Frame({ id, label, help, error, isLabelHidden, children }: FrameProps & { id: string; children: ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={id} className={isLabelHidden ? 'visually-hidden' : undefined}>
        {label}
      </label>
      {children}
      {help !== undefined && (
        <p id={`${id}-help`} className="help">
          {help}
        </p>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} className="fault" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

type Native = Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'value'>;

export interface TextFieldProps extends FrameProps, Native {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly isCode?: boolean;
}

export function TextField({ label, help, error, isLabelHidden, value, onChange, isCode, ...native }: TextFieldProps) {
  const { id, described } = useFrame({ help, error });
  return (
    <Frame {...{ id, label, help, error, isLabelHidden }}>
      <input
        spellCheck={false}
        autoComplete="off"
        {...native}
        {...described}
        id={id}
        className={`input ${isCode ? 'code' : ''}`}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </Frame>
  );
}

export interface TextAreaProps extends FrameProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly rows?: number;
}

/** Several lines of code or JSON. */
export function TextArea({ label, help, error, value, onChange, rows = 6 }: TextAreaProps) {
  const { id, described } = useFrame({ help, error });
  return (
    <Frame {...{ id, label, help, error }}>
      <textarea
        {...described}
        id={id}
        rows={rows}
        spellCheck={false}
        className="input code"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </Frame>
  );
}

export interface SelectFieldProps extends FrameProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly disabled?: boolean;
}

export function SelectField({
  label,
  help,
  error,
  isLabelHidden,
  value,
  onChange,
  options,
  disabled,
}: SelectFieldProps) {
  const { id, described } = useFrame({ help, error });
  return (
    <Frame {...{ id, label, help, error, isLabelHidden }}>
      <select
        {...described}
        id={id}
        className="input select"
        value={value}
        disabled={disabled}
        onChange={(event) => onChange(event.target.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Frame>
  );
}
