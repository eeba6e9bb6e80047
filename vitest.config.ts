import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// `#libs/*` means the sources here, and their compiled form at run time (see "imports" in package.json).
const conditions = ['source', 'node'];
const resolution = { resolve: { conditions }, ssr: { resolve: { conditions } } };
const common = {
  environment: 'node' as const,
  // Ends what hangs; how long something may take is no matter of these suites.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  pool: 'forks' as const,
  setupFiles: ['test/support/patience.ts'],
  expect: { poll: { timeout: 30_000 } },
};
const cores = availableParallelism();
// A suite waits for its servers as much as it computes, so two at a time fill two cores; those whose subject is what happens
// under load or within a time have a small machine to themselves.
const together = { ...common, maxWorkers: Math.max(2, cores - 1), sequence: { groupOrder: 0 } };
const apart = { ...common, maxWorkers: Math.max(1, cores - 1), sequence: { groupOrder: 1 } };
const servers = { globalSetup: ['test/support/global-setup.ts'] };

// `unit` needs nothing but Node, and `k8s` only kubectl; `contract` talks to real servers; `e2e`, `faults` and `clients`
// start real server processes from dist/, and `console` looks at one of them with a browser; `docs` types what the pages say. Test servers not named by
// TEST_*_URL are started for the run by the global set-up.
export default defineConfig({
  ...resolution,
  test: {
    projects: [
      {
        ...resolution,
        test: {
          ...together,
          name: 'unit',
          include: ['{libs,src,examples,bench}/**/*.spec.ts', 'scripts/**/*.spec.mjs'],
        },
      },
      {
        ...resolution,
        test: { ...together, ...servers, name: 'contract', include: ['test/{contract,support}/**/*.test.ts'] },
      },
      { ...resolution, test: { ...together, ...servers, name: 'e2e', include: ['test/e2e/**/*.test.ts'] } },
      { ...resolution, test: { ...apart, ...servers, name: 'faults', include: ['test/faults/**/*.test.ts'] } },
      { ...resolution, test: { ...together, name: 'k8s', include: ['test/k8s/**/*.test.ts'] } },
      { ...resolution, test: { ...apart, ...servers, name: 'clients', include: ['test/clients/**/*.test.ts'] } },
      { ...resolution, test: { ...together, name: 'docs', include: ['test/docs/**/*.test.ts'] } },
      {
        ...resolution,
        test: {
          ...together,
          name: 'console',
          include: ['test/console/**/*.test.ts'],
          globalSetup: ['test/console/support/global-setup.ts'],
        },
      },
    ],
  },
});
