// npm run bench -- NAME... [--json]: builds, runs bench/NAME.ts and holds its figures against their bars.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuild } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { root } from './lib/root.mjs';
import { guardAgainstSignals } from './lib/run.mjs';
import { importCompiled, transpile } from './lib/transpile.mjs';

function benches() {
  const files = readdirSync(join(root, 'bench')).filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
  return files.map((file) => file.slice(0, -'.ts'.length));
}

/** The first line of a bench says what it measures. */
function describeBench(name) {
  const [line] = readFileSync(join(root, 'bench', `${name}.ts`), 'utf8').split('\n', 1);
  return `  ${name.padEnd(20)} ${line.replace(/^\/\/\s*/, '')}`;
}

async function runBench(name, json) {
  const { judge, table } = await importCompiled('bench/support/report.ts');
  const { run } = await importCompiled(`bench/${name}.ts`);
  const figures = [];
  await run((measurement) => {
    const figure = judge(measurement);
    figures.push(figure);
    if (json) console.log(JSON.stringify(figure));
  });
  if (figures.length === 0) throw new Error(`bench/${name}.ts reported no figure`);
  if (!json) console.log(`${name}\n${table(figures)}\n`);
  return figures.every(({ ok }) => ok);
}

async function main(args) {
  const json = args.includes('--json');
  const names = args.filter((argument) => !argument.startsWith('-'));
  const unknown = names.filter((name) => !benches().includes(name));
  if (names.length === 0 || unknown.length > 0) {
    for (const name of unknown) console.error(`There is no bench/${name}.ts`);
    console.log(`npm run bench -- NAME... [--json]\n${benches().map(describeBench).join('\n')}`);
    return unknown.length === 0;
  }
  await ensureDependencies();
  await ensureBuild();
  await transpile('test/support');
  await transpile('bench');
  let ok = true;
  for (const name of names) ok = (await runBench(name, json)) && ok;
  return ok;
}

guardAgainstSignals();
const ok = await main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  return false;
});
// Not by itself: a bench may leave sockets open, and its servers end with this process.
process.exit(ok ? 0 : 1);
