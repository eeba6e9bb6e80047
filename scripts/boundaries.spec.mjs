import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from './lib/root.mjs';

const trees = [];
afterAll(() => trees.splice(0).forEach((tree) => rmSync(tree, { recursive: true })));

const house = {
  'package.json': JSON.stringify({
    type: 'module',
    imports: { '#libs/*': { source: './libs/*/index.ts' } },
    dependencies: { typeorm: '*', '@nestjs/common': '*' },
    devDependencies: { vitest: '*' },
  }),
  'libs/clock/index.ts': 'export const clock = 1;',
  'libs/clock/deep.ts': 'export const deep = 1;',
  'src/config/index.ts': 'export const config = 1;',
  'src/database/index.ts': `import '../config/index.js'; import 'typeorm'; export const database = 1;`,
  'src/audit/index.ts': `import '../database/index.js'; import '#libs/clock'; export * from './audit.service.js';`,
  'src/audit/audit.service.ts': 'export const audit = 1; export interface Row { id: string }',
  'src/audit/audit.entity.ts': `import 'typeorm'; export const entity = 1;`,
  'src/audit/drivers/sql-audit.ts': `import 'typeorm'; export const driver = 1;`,
  'src/auth/index.ts': `import '../audit/index.js'; export const auth = 1;`,
  'src/schema/index.ts': `import '../audit/audit.entity.js'; export const schema = 1;`,
  'src/app.module.ts': `import './auth/index.js'; export const app = 1;`,
};

const offenders = [
  ['an undeclared edge', 'src/audit/edge.ts', `import '../auth/index.js';`, 'edges-of-audit'],
  ['an edge of a type only', 'src/audit/type.ts', `import type { auth } from '../auth/index.js';`, 'edges-of-audit'],
  ['a look behind a face', 'src/auth/deep.ts', `import '../audit/audit.service.js';`, 'through-the-face'],
  ['the same from outside', 'src/app.ts', `import './audit/audit.service.js';`, 'app-through-the-face'],
  ['a platform part looking up', 'src/config/up.ts', `import '../database/index.js';`, 'platform-order-config'],
  ['the platform using a feature', 'src/database/up.ts', `import '../auth/index.js';`, 'platform-order-database'],
  ['a folder nobody declared', 'src/surprise/index.ts', `import '../auth/index.js';`, 'declared-modules'],
  ['Nest in a library', 'libs/clock/nest.ts', `import '@nestjs/common';`, 'libs-know-no-framework'],
  ['TypeORM in a library', 'libs/clock/sql.ts', `import 'typeorm';`, 'libs-know-no-framework'],
  ['the product in a library', 'libs/clock/up.ts', `import '../../src/config/index.js';`, 'libs-stand-alone'],
  ['a library behind its face', 'src/auth/lib.ts', `import '../../libs/clock/deep.js';`, 'src-through-the-libs-face'],
  ['a library behind its sister', 'libs/ids/deep.ts', `import '../clock/deep.js';`, 'libs-through-the-face'],
  ['TypeORM in a service', 'src/auth/sql.ts', `import { In } from 'typeorm';`, 'typeorm-stays-in-persistence'],
  ['a service in the schema', 'src/schema/deep.ts', `import '../audit/audit.service.js';`, 'schema-gathers-entities'],
  ['a test tool in the product', 'src/auth/tool.ts', `import 'vitest';`, 'no-development-dependencies'],
  ['an import that leads nowhere', 'src/auth/nowhere.ts', `import './nothing.js';`, 'resolvable'],
];

const cycle = (kind) => ({
  'src/auth/a.ts': `import ${kind} { b } from './b.js'; export const a = 1;`,
  'src/auth/b.ts': `import { a } from './a.js'; export const b = a;`,
});

/** Which rules which files of a house break. */
function violations(files = {}) {
  const tree = mkdtempSync(join(tmpdir(), 'simpletuner-boundaries-'));
  trees.push(tree);
  for (const [name, text] of Object.entries({ ...house, ...files })) {
    mkdirSync(dirname(join(tree, name)), { recursive: true });
    writeFileSync(join(tree, name), text);
  }
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [cruiser, 'src', 'libs', '--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: tree, encoding: 'utf8' });
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout).summary.violations.map(({ from, rule }) => ({ file: from, rule: rule.name }));
}

describe('the boundaries', () => {
  const found = violations(Object.fromEntries(offenders.map(([, name, text]) => [name, text])));

  it.each(offenders)('catch %s', (_, name, text, rule) => {
    expect(found.filter(({ file }) => file === name)).toEqual([{ file: name, rule }]);
  });

  it('let a house through that keeps them, with a cycle of types', () => {
    expect(violations(cycle('type'))).toEqual([]);
  });

  it('catch a cycle of values', () => {
    expect(violations(cycle('')).map(({ rule }) => rule)).toContain('no-cycles');
  });
});
