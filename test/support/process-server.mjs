// A server reduced to its `process` adapter, to be killed: node process-server.mjs <home> <command as JSON>.
// Each message is a submission; the answer is what the adapter answered.
import { Keyring, loadConfig } from '../../dist/src/config/index.js';
import { createProcessAdapter } from '../../dist/src/providers/process/create-process-adapter.js';
import { SystemClock } from '../../dist/libs/clock/index.js';

const [home, command] = process.argv.slice(2);
const settings = { command: JSON.parse(command), working_directory: '', max_concurrent: 1, cost_per_hour: 0 };
const { adapter } = createProcessAdapter({
  config: loadConfig({ ...process.env, SIMPLETUNER_HOME: home }),
  keyring: new Keyring('a master key for tests only, 32 characters'),
  clock: new SystemClock(),
  settings: { get: async () => settings },
});
process.on('message', async (submission) => process.send({ job: await adapter.submit(submission) }));
process.send('ready');
