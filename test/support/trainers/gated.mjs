// A trainer that does what its configuration says:
//   folder     where it notes its start (`<job id>.starts`, one line for each) and its environment (`<job id>.json`)
//   gate       it ends when this file is in the folder; at once when absent
//   exitCode   0 unless given
//   isDeaf     it takes no notice of SIGTERM
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const { SIMPLETUNER_JOB_ID: jobId, SIMPLETUNER_CONFIG_FILE: configFile } = process.env;
const { folder, gate, exitCode = 0, isDeaf = false } = JSON.parse(readFileSync(configFile, 'utf8'));

if (isDeaf) process.on('SIGTERM', () => console.log('not now'));
appendFileSync(join(folder, `${jobId}.starts`), `${process.pid}\n`);
const file = join(folder, `${jobId}.json`);
writeFileSync(`${file}.part`, JSON.stringify(process.env));
renameSync(`${file}.part`, file);
console.log(`started ${jobId}`);

function waitForGate() {
  if (gate !== undefined && !existsSync(join(folder, gate))) return void setTimeout(waitForGate, 20);
  console.log('done');
  process.exit(exitCode);
}
waitForGate();
