// npm run demo: a server of its own trains a small network through the `process` provider and gets everything back.
//   --quick   a shorter training
//   --keep    leave the server's home, with the results, on the disk
// Exit code 0 only if every byte came home and the server tells the whole story.
import { parseArgs } from 'node:util';
import { ensureBuild } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, keep: { type: 'boolean' } } });
const interruption = new AbortController();

try {
  await ensureDependencies();
  await ensureBuild();
  // Only now: a signal while npm or the compiler runs ends them and us at once.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interruption.abort());
  const { runDemo } = await import('./demo/run.mjs');
  const isGood = await runDemo({ quick: values.quick === true, keep: values.keep === true }, interruption.signal);
  console.log(isGood ? '\nEverything arrived as it was sent.' : '\nThe demo failed.');
  process.exitCode = isGood ? 0 : 1;
} catch (error) {
  console.error(interruption.signal.aborted ? 'Interrupted.' : `The demo failed: ${error.message}`);
  process.exitCode = 1;
}
