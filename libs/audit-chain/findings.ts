export type TamperingKind =
  | 'altered'
  | 'forged'
  | 'deleted'
  | 'inserted'
  | 'reordered'
  | 'forked'
  | 'truncated'
  | 'end_lost'
  | 'time_set_back'
  | 'bad_checkpoint'
  | 'not_covered'
  | 'malformed';

/** What is wrong, and with which row. */
export interface Finding {
  readonly kind: TamperingKind;
  /** The first bad row; for a missing one the number it had. */
  readonly sequence: number;
  /** Where a signed checkpoint only tells that some row up to here is wrong, the last that may be. */
  readonly throughSequence?: number;
}

const reasons: Readonly<Record<TamperingKind, string>> = {
  altered: 'its content is not what was written',
  forged: 'it was not written by the holder of the key',
  deleted: 'it is missing',
  inserted: 'there is a second row of this number that was never written',
  reordered: 'it is not in its place',
  forked: 'it continues another history than the one that was signed or that the row before it belongs to',
  truncated: 'it and everything after it is missing',
  end_lost:
    'the record that the chain ends here is gone, without which no row can be added and a cut tail is not missed',
  time_set_back: 'its time lies before that of the rows before it',
  bad_checkpoint: 'the checkpoint here is not signed by a known key, or stands in a wrong place',
  not_covered: 'no signed checkpoint covers it',
  malformed: 'the line here is not one of an export',
};

/** The finding as a sentence for an operator. */
export function explain({ kind, sequence, throughSequence }: Finding): string {
  const rows =
    throughSequence === undefined || throughSequence === sequence
      ? `Row ${sequence}`
      : `A row from ${sequence} to ${throughSequence}`;
  return `${rows}: ${reasons[kind]}.`;
}
