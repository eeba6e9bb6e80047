// npm run docs: prints docs/configuration.md anew from the configuration table.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const table = execFileSync(process.execPath, ['bin/simpletuner-cloud.js', 'config', '--markdown'], {
  cwd: root,
  encoding: 'utf8',
});

const introduction = `# Configuration

Every setting is an environment variable, read once at start. An empty variable counts as absent. A wrong value stops the
start with one line per fault. \`simpletuner-cloud config\` prints the effective values and where each came from. This page is
printed from the table in \`src/config/variables.ts\` by \`npm run docs\`.

`;
writeFileSync(new URL('../docs/configuration.md', import.meta.url), introduction + table);
