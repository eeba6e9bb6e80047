import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import type { Category } from '../categories.js';
import type { Collect, Family, Sample, Scope, Scrape } from '../family.js';
import { FleetCounters } from '../fleet-counters.js';
import { FleetTotals } from '../fleet-totals.js';
import { InstanceName } from '../instance-name.js';
import { Metrics } from '../metrics.js';
import type { ExpositionFormat } from './format.js';
import type { FamilyData, SeriesData } from './instruments.js';
import { LazyInstruments } from './lazy-instruments.js';

/** How long a scrape waits for one family; a scraper gives the whole scrape ten seconds. */
const COLLECT_TIMEOUT_MS = 2_000;

const log = getLogger('metrics');

/** A page of families, as a scraper reads it. */
export interface Page {
  readonly content: string;
  readonly families: number;
  readonly series: number;
}

/** Where families come from. */
@Injectable()
export class ExpositionSources {
  constructor(
    readonly metrics: Metrics,
    readonly totals: FleetTotals,
    readonly counters: FleetCounters,
    readonly instruments: LazyInstruments,
    readonly instance: InstanceName,
  ) {}
}

/** Gathers the families of some categories and writes them down. */
@Injectable()
export class Exposition {
  constructor(
    private readonly sources: ExpositionSources,
    private readonly clock: Clock,
  ) {}

  /** Never rejects for a family that cannot be read: it is missing then, and `simpletuner_scrape_families_missing` says so. */
  async page(categories: readonly Category[], format: ExpositionFormat): Promise<Page> {
    const instruments = await this.sources.instruments.get();
    const scrape = this.openScrape();
    const wanted = this.sources.metrics.families.filter(({ category }) => categories.includes(category));
    const found = await Promise.all(
      wanted.flatMap(({ collect, ...family }) => (collect ? [this.read(family, collect, scrape)] : [])),
    );
    const families = [
      ...found.filter((data) => data !== undefined),
      ...(categories.includes('http') ? [this.own(await instruments.http())] : []),
      ...(categories.includes('health') ? (await instruments.process()).map((data) => this.own(data)) : []),
      this.missing(found.filter((data) => data === undefined).length),
    ];
    return {
      content: await instruments.render(families, format),
      families: families.length,
      series: families.reduce((sum, { values }) => sum + values.length, 0),
    };
  }

  private openScrape(): Scrape {
    const answers = new Map<unknown, Promise<unknown>>();
    const once = <T>(read: () => Promise<T>): Promise<T> => {
      const known = answers.get(read) as Promise<T> | undefined;
      if (known) return known;
      const answer = this.inTime(read());
      answers.set(read, answer);
      return answer;
    };
    const readTotals = async () => {
      // What this replica has counted is shown at once; when it cannot be written it is not shown, for no other one would know it.
      await this.sources.counters.flush();
      return this.sources.totals.read();
    };
    return {
      once,
      get totals() {
        return once(readTotals);
      },
    };
  }

  private async read(family: Family, collect: Collect, scrape: Scrape): Promise<FamilyData | undefined> {
    try {
      const samples = await this.inTime(Promise.resolve(collect(scrape)));
      return this.dataOf(family, samples);
    } catch (error) {
      log.warning('A metrics family cannot be read and is left out', { family: family.name, error });
      return undefined;
    }
  }

  private dataOf({ name, help, type, scope }: Family, samples: readonly Sample[]): FamilyData {
    const values = samples.map(({ value, labels = {} }): SeriesData => ({ value, labels }));
    const data = { name, help: helpOf(help, scope), type, values };
    return scope === 'process' ? this.ofThisReplica(data) : data;
  }

  private missing(count: number): FamilyData {
    const help = helpOf('Families that this scrape could not read and has left out', 'process');
    const values = [{ value: count, labels: {} }];
    return this.ofThisReplica({ name: 'simpletuner_scrape_families_missing', help, type: 'gauge', values });
  }

  /** Of prom-client's own instruments. */
  private own({ help, ...data }: FamilyData): FamilyData {
    return this.ofThisReplica({ ...data, help: helpOf(help.replace(/\.+$/, ''), 'process') });
  }

  private ofThisReplica(data: FamilyData): FamilyData {
    const label = this.sources.instance.label;
    return { ...data, values: data.values.map((series) => ({ ...series, labels: { ...label, ...series.labels } })) };
  }

  private async inTime<T>(answer: Promise<T>): Promise<T> {
    const done = new AbortController();
    const late = this.clock.sleep(COLLECT_TIMEOUT_MS, done.signal).then(() => {
      throw new Error(`No answer within ${COLLECT_TIMEOUT_MS} ms`);
    });
    // Aborted by an answer in time, the sleep ends and nobody waits for what it throws.
    late.catch(() => undefined);
    try {
      return await Promise.race([answer, late]);
    } finally {
      done.abort();
    }
  }
}

function helpOf(help: string, scope: Scope): string {
  return `${help}. Scope: ${scope}.`;
}
