import type { Clock } from '../clock/index.js';
import type { CircuitRecords } from './circuit-breaker.js';

/** The memory of one process, for while the shared store does not answer. */
export class LocalCircuitRecords implements CircuitRecords {
  private readonly values = new Map<string, string>();

  constructor(private readonly clock: Clock) {}

  nowMs(): Promise<number> {
    return Promise.resolve(this.clock.now());
  }

  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.values.get(key));
  }

  compareAndSet(key: string, expected: string | undefined, value: string | undefined): Promise<boolean> {
    const isExpected = this.values.get(key) === expected;
    if (isExpected) this.put(key, value);
    return Promise.resolve(isExpected);
  }

  put(key: string, value: string | undefined): void {
    if (value === undefined) this.values.delete(key);
    else this.values.set(key, value);
  }
}
