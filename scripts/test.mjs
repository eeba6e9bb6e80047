// npm test [-- --quick | paths]: installs what is missing, then everything there is to check, counted in the last line.
import { installPackages } from './lib/apt.mjs';
import { build } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { guardAgainstSignals, npm } from './lib/run.mjs';
import { loadServers, provideServer, serverKinds } from './lib/test-servers.mjs';
import { runVitest } from './lib/vitest.mjs';
import { packages } from './packages.mjs';

const total = { passed: 0, failed: 0, names: [] };

function count({ passed, failed, names = [] }) {
  total.passed += passed;
  total.failed += failed;
  total.names.push(...names);
}

/** A check that is not a test counts as one. Its output is shown when it fails. */
async function check(name, work) {
  const startedMs = performance.now();
  const { code, output } = await work().catch((error) => ({ code: 1, output: error.message }));
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  console.log(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`);
  if (code !== 0) console.log(output);
  count(code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, names: [name] });
}

/** Suites that need servers live in test/; the others need nothing but Node. */
function needsServers(paths) {
  return paths.length === 0 || paths.some((path) => /^(\.\/)?test\b/.test(path));
}

async function provideServers() {
  await check('system packages', async () => {
    const missing = await installPackages(packages);
    const names = missing.map(({ binary, debian }) => `${binary} (Debian package ${debian})`);
    return { code: names.length, output: `Not installed, and not to be installed by us: ${names.join(', ')}` };
  });
  for (const kind of serverKinds) {
    await check(`server: ${kind.title}`, async () => {
      process.env[kind.variable] = await provideServer(kind);
      return { code: 0 };
    });
  }
}

/** @param {string[]} command of npm */
function checkBy(name, ...command) {
  return check(name, () => npm(command, { capture: true }));
}

async function main(args) {
  const quick = args.includes('--quick');
  const paths = args.filter((argument) => !argument.startsWith('-'));
  const unknown = args.filter((argument) => argument.startsWith('-') && argument !== '--quick');
  if (unknown.length > 0) throw new Error(`Unknown option ${unknown.join(' ')}; usage: npm test [-- --quick | paths]`);
  await ensureDependencies();
  await check('build', () => build({ capture: true }));
  const isWhole = !quick && paths.length === 0;
  // ESLint alone takes as long as all the others.
  const linted = isWhole && checkBy('eslint', 'exec', '--', 'eslint', '.');
  if (!quick && needsServers(paths)) await provideServers();
  if (isWhole) {
    await checkBy('prettier', 'exec', '--', 'prettier', '--check', '.');
    for (const script of ['boundaries', 'types']) await checkBy(script, 'run', '--silent', script);
  }
  await linted;
  count(await runVitest([...(quick ? ['--project', 'unit'] : []), ...paths], process.env));
}

guardAgainstSignals();
try {
  await main(process.argv.slice(2));
} catch (error) {
  count({ passed: 0, failed: 1, names: [error.message] });
}
const sweep = await loadServers().then(
  (servers) => servers.sweepWorkspaces,
  () => undefined,
);
process.on('exit', () => {
  sweep?.();
  if (total.names.length > 0) console.log(`\nFailed:\n${total.names.map((name) => `  ${name}`).join('\n')}`);
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
});
process.exit(total.failed === 0 ? 0 : 1);
