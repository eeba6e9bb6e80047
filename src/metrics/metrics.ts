import { Injectable } from '@nestjs/common';
import type { Clock } from '#libs/clock';
import type { Collect, Family, Sample, Scrape, TotalsFamily } from './family.js';
import { FleetCounters } from './fleet-counters.js';

/** Counts events of the whole fleet. */
export interface FleetCounter {
  /** One more, or `amount` more, under the label values in the order in which the labels were declared. */
  add(labels?: readonly string[], amount?: number): void;
}

export interface DeclaredFamily extends Family {
  /** Absent where an instrument of this process has the series. */
  readonly collect?: Collect;
}

/** Gathers what features let be scraped; knows none of them. Declare families while the modules are put together. */
@Injectable()
export class Metrics {
  private readonly declared = new Map<string, DeclaredFamily>();

  constructor(private readonly counters: FleetCounters) {}

  /** Adds a family whose series are read when it is scraped. What fails or takes too long is left out of that scrape. */
  add(family: Family, collect?: Collect): void {
    if (this.declared.has(family.name)) throw new Error(`The metrics family ${family.name} is declared twice`);
    this.declared.set(family.name, { ...family, ...(collect && { collect }) });
  }

  /** Adds a family that counts events, in all replicas together and over restarts. */
  counter(family: TotalsFamily, labelNames: readonly string[] = []): FleetCounter {
    const { name } = family;
    this.add({ ...family, type: 'counter', scope: 'fleet' }, (scrape) => samplesOf(scrape, name, labelNames));
    return { add: (labels = [], amount = 1) => this.counters.add(name, amount, labels) };
  }

  /** Adds a family that tells when background work of this process last succeeded; call the answer each time it does. */
  lastSuccess(family: TotalsFamily, clock: Clock): () => void {
    let atMs: number | undefined;
    this.add({ ...family, type: 'gauge', scope: 'process' }, () =>
      atMs === undefined ? [] : [{ value: atMs / 1_000 }],
    );
    return () => (atMs = clock.now());
  }

  /** As `lastSuccess`, with a series for each value of a label; 0 from `expect` to the first success. */
  lastSuccessBy(label: string, family: TotalsFamily, clock: Clock): LastSuccesses {
    const atMs = new Map<string, number>();
    this.add({ ...family, type: 'gauge', scope: 'process' }, () =>
      [...atMs].map(([value, ms]) => ({ labels: { [label]: value }, value: ms / 1_000 })),
    );
    return { expect: (value) => atMs.set(value, 0), note: (value) => atMs.set(value, clock.now()) };
  }

  get families(): readonly DeclaredFamily[] {
    return [...this.declared.values()];
  }
}

/** When each of several pieces of background work last succeeded. */
export interface LastSuccesses {
  expect(value: string): void;
  note(value: string): void;
}

/** The totals of a name as series; without labels there is always one. */
async function samplesOf({ totals }: Scrape, name: string, labelNames: readonly string[]): Promise<readonly Sample[]> {
  if (labelNames.length === 0) return [{ value: (await totals).sum(name) }];
  return (await totals).entries(name).map(([labels, value]) => ({
    labels: Object.fromEntries(labelNames.map((labelName, index) => [labelName, labels[index] ?? ''])),
    value,
  }));
}
