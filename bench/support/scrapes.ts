import type { ServerProcess } from '../../test/support/server.js';
import { measure, median } from './load.js';
import type { Report } from './report.js';
import { scrape, startFilledServer } from './scraped-server.js';

const sizes = [1_000, 100_000, 1_000_000] as const;
const rounds = 7;
const scrapesPerRound = 100;

/** What a scrape of all families takes at three sizes of history, on SQLite, over HTTP. */
export async function benchScrapes(report: Report): Promise<void> {
  const servers: { readonly jobs: number; readonly server: ServerProcess; readonly p99Ms: number[] }[] = [];
  try {
    for (const jobs of sizes) servers.push({ jobs, server: await startFilledServer(jobs), p99Ms: [] });
    // In turns, so that all meet the same weather; round -1 warms up.
    for (let round = -1; round < rounds; round += 1)
      for (const { jobs, server, p99Ms } of servers) {
        const load = await measure(1, scrapesPerRound, async () => {
          if ((await scrape(server)) !== jobs) throw new Error(`A scrape does not tell of ${jobs} jobs`);
        });
        if (round >= 0) p99Ms.push(load.p99Ms);
      }
    const [smallest] = servers;
    for (const { jobs, p99Ms } of servers) {
      const ours = median(p99Ms);
      const peer = median(smallest?.p99Ms ?? []);
      report({ figure: `scrape at ${jobs} jobs, 99th percentile`, ours, unit: 'ms', bar: { of: 'ours', atMost: 50 } });
      if (jobs === smallest?.jobs) continue;
      const same = { of: 'ratio', atLeast: 0.8, atMost: 1.2 } as const;
      report({ figure: `scrape at ${jobs} jobs against ${smallest?.jobs}`, ours, peer, unit: 'ms', bar: same });
    }
  } finally {
    for (const { server } of servers) await server.dispose();
  }
}
