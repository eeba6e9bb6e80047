import { Progress } from 'radix-ui';

/** How far something is; `null` when that is not known. */
export function Meter({ percent, label }: { readonly percent: number | null; readonly label: string }) {
  return (
    <Progress.Root className="meter" value={percent === null ? null : Math.min(100, percent)} aria-label={label}>
      <Progress.Indicator
        className="meter-fill"
        style={percent === null ? {} : { width: `${Math.min(100, percent)}%` }}
      />
    </Progress.Root>
  );
}
