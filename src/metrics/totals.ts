/** So much more (or less) of something; what is counted, and by which label values. */
export interface TotalChange {
  /** Which total, e.g. `jobs`. */
  readonly name: string;
  /** Label values in the order that the name's owner has settled; none when absent. */
  readonly labels?: readonly string[];
  /** A whole number: units are chosen small enough (microseconds, millionths of a dollar). */
  readonly amount: number;
}

/** How label values are kept in one column. */
export function labelsText(labels: readonly string[] = []): string {
  return JSON.stringify(labels);
}

/** The totals of the fleet at one moment. */
export class Totals {
  private readonly byName = new Map<string, [labels: readonly string[], value: number][]>();

  constructor(rows: Iterable<{ readonly name: string; readonly labels: string; readonly value: number }>) {
    for (const { name, labels, value } of rows) {
      const entries = this.byName.get(name) ?? [];
      entries.push([JSON.parse(labels) as string[], value]);
      this.byName.set(name, entries);
    }
  }

  /** Each combination of label values with its total, those that have come back to nothing among them. */
  entries(name: string): readonly (readonly [labels: readonly string[], value: number])[] {
    return this.byName.get(name) ?? [];
  }

  /** Over all label values; 0 for what was never counted. */
  sum(name: string): number {
    return this.entries(name).reduce((sum, [, value]) => sum + value, 0);
  }

  /** The sums by one of the labels. */
  sumBy(name: string, labelIndex: number): Map<string, number> {
    const sums = new Map<string, number>();
    for (const [labels, value] of this.entries(name)) {
      const label = labels[labelIndex] ?? '';
      sums.set(label, (sums.get(label) ?? 0) + value);
    }
    return sums;
  }
}
