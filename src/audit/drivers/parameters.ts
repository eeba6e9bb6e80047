import type { Dialect } from '../../database/index.js';

/** The values of one statement, and their places in its text as the database wants them written. */
export class Parameters {
  readonly values: unknown[] = [];

  constructor(private readonly dialect: Pick<Dialect, 'name'>) {}

  /** Takes a value and gives what stands for it. */
  place(value: unknown): string {
    this.values.push(value);
    return this.dialect.name === 'postgres' ? `$${this.values.length}` : '?';
  }

  /** As `place`, for several values, separated by commas. */
  places(values: readonly unknown[]): string {
    return values.map((value) => this.place(value)).join(', ');
  }
}
