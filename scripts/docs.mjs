// npm run docs: prints anew what is made from the code: docs/configuration.md, and the console's types of the API.
// Run `npm run build` first.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { apiTypes, apiTypesFile } from './lib/api-types.mjs';
import { readOpenApiDocument } from './lib/openapi.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const table = execFileSync(process.execPath, ['bin/simpletuner-cloud.js', 'config', '--markdown'], {
  cwd: root,
  encoding: 'utf8',
});

const introduction = `# Configuration

Every setting is an environment variable, read once at start. An empty variable counts as absent. A wrong value stops the
start with one line per fault. \`simpletuner-cloud config\` prints the effective values and where each came from. This page is
printed from the table in \`src/config/variables.ts\` by \`npm run docs\`.

Secrets (\`REPLICATE_API_TOKEN\`, \`HF_TOKEN\`, \`CLOUD_WEBHOOK_SECRET\`) are no settings: they are looked for whenever they are
used, and may be replaced while the server runs. The first of these that has a value that is not empty counts: the environment
variable, or the file that \`NAME_FILE\` names; \`secrets.json\`, \`secrets.yaml\` or \`secrets.yml\` in \`SIMPLETUNER_HOME\`, a flat map that
only its owner can read; the secret \`SIMPLETUNER_AWS_SECRET_NAME\` at AWS; the secret \`SIMPLETUNER_VAULT_PATH\` in Vault.
\`VAULT_TOKEN\`, or \`VAULT_ROLE_ID\` and \`VAULT_SECRET_ID\`, log in to Vault and may stand in files likewise. \`CLOUD_WEBHOOK_SECRET\` may be
a comma-separated list, so that the previous secret still counts. \`GET /api/cloud/secrets\` tells which secret comes from where.

`;
writeFileSync(new URL('../docs/configuration.md', import.meta.url), introduction + table);
writeFileSync(apiTypesFile, await apiTypes(await readOpenApiDocument()));
