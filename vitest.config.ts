import { defineConfig } from 'vitest/config';

// `unit` needs nothing but Node; `integration` talks to the servers that scripts/test.mjs provides;
// `e2e` and `faults` start real server processes from dist/.
const shared = {
  resolve: { conditions: ['source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },
};
const common = { environment: 'node' as const, testTimeout: 60_000, hookTimeout: 120_000, pool: 'forks' as const };

export default defineConfig({
  ...shared,
  test: {
    projects: [
      { ...shared, test: { ...common, name: 'unit', include: ['libs/**/*.spec.ts', 'src/**/*.spec.ts', 'examples/**/*.spec.ts', 'scripts/**/*.spec.ts'] } },
      { ...shared, test: { ...common, name: 'contract', include: ['test/contract/**/*.test.ts'] } },
      { ...shared, test: { ...common, name: 'e2e', include: ['test/e2e/**/*.test.ts'] } },
      { ...shared, test: { ...common, name: 'faults', include: ['test/faults/**/*.test.ts'] } },
      { ...shared, test: { ...common, name: 'clients', include: ['test/clients/**/*.test.ts'] } },
    ],
  },
});
