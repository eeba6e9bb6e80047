import type { ServerProcess } from './server.js';

/** A page of families as a scraper reads it. */
export class Exposition {
  constructor(readonly text: string) {}

  static async of(server: ServerProcess): Promise<Exposition> {
    return new Exposition(await (await server.get('/api/cloud/metrics/prometheus')).text());
  }

  /** The value of a series, its labels as they are printed; NaN when there is none. */
  value(series: string): number {
    const line = this.text.split('\n').find((text) => text.startsWith(`${series} `));
    return Number(line?.slice(series.length + 1) ?? NaN);
  }
}
