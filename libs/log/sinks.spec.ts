import { spawnSync } from 'node:child_process';
import {
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  mkdirSync,
  readdirSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../clock/index.js';
import { closeLogs, configureLogging, getLogger, reopenLogs } from './index.js';

const here = dirname(fileURLToPath(import.meta.url));
let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'log-'))));
afterAll(() => {
  closeLogs();
  rmSync(folder, { recursive: true });
});

describe('a log file', () => {
  let path: string;
  let clock: ManualClock;
  let console: string[];
  const messages = (file: string): string[] =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { message: string }).message);
  beforeEach((context) => {
    path = join(folder, context.task.id, 'sub', 'cloud.log');
    clock = new ManualClock();
    console = [];
    configureLogging({ file: path, clock, output: (line) => console.push(line) });
  });
  const logger = getLogger('test');

  it('gets every line, and is opened anew when it was rotated away', async () => {
    logger.info('before');
    renameSync(path, `${path}.1`);
    logger.info('between');
    await vi.waitFor(() => {
      clock.advance(1_000);
      expect(readdirSync(dirname(path))).toContain('cloud.log');
    });
    logger.info('after');
    expect(messages(`${path}.1`)).toEqual(['before', 'between']);
    expect(messages(path)).toEqual(['after']);
    expect(console).toHaveLength(3);
  });

  it('is opened anew when another file took its name, and on demand', async () => {
    logger.info('before');
    renameSync(path, `${path}.1`);
    writeFileSync(path, '');
    await vi.waitFor(() => {
      clock.advance(1_000);
      logger.info('probe');
      expect(messages(path)).toContain('probe');
    });
    renameSync(path, `${path}.2`);
    reopenLogs();
    logger.info('after');
    expect(messages(path)).toEqual(['after']);
  });

  it('is appended to, not replaced, by the next process', () => {
    logger.info('first');
    configureLogging({ file: path, output: () => undefined });
    logger.info('second');
    expect(messages(path)).toEqual(['first', 'second']);
  });

  it('stays the old one, and says so once, when it cannot be opened anew', () => {
    renameSync(dirname(path), `${dirname(path)}.away`);
    writeFileSync(dirname(path), 'a file where the folder should be');
    reopenLogs();
    reopenLogs();
    logger.info('still here');
    expect(messages(join(`${dirname(path)}.away`, 'cloud.log'))).toEqual(['still here']);
    expect(console.filter((line) => line.includes('Cannot open the log file anew'))).toHaveLength(1);
  });

  it('that cannot be opened stops the configuration', () => {
    expect(() => configureLogging({ file: folder })).toThrow(/EISDIR/);
  });
});

describe('a process of its own', () => {
  beforeAll(() => {
    for (const lib of ['log', 'clock']) compileFolder(join(here, '..', lib), join(folder, 'libs', lib));
    symlinkSync(join(here, '../../node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  });
  const run = (program: string, shell = ''): { stdout: string; stderr: string; status: number | null } => {
    compile('submit.ts', program, join(folder, 'submit.js'));
    const node = `"${process.execPath}" submit.js`;
    return spawnSync('sh', ['-c', `${node} ${shell}`], { cwd: folder, encoding: 'utf8', timeout: 30_000 });
  };
  const prelude = `import { configureLogging, getLogger } from './libs/log/index.js';\n`;

  it('points into the TypeScript through source maps', () => {
    const padding = 'interface Gone { a: 1 }\n'.repeat(20);
    const { stdout, stderr } = run(
      `${prelude}${padding}configureLogging();\nfunction submitJob(): void {\n  getLogger('jobs').info('Job submitted', new Error('why'));\n}\nsubmitJob();\n`,
    );
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      source: { file: 'submit.ts', line: 24, function: 'submitJob' },
      extra: { error: { stack: expect.stringContaining('submit.ts:24') as string } },
    });
  });

  it('writes everything before it exits, in order', () => {
    const { stdout } = run(
      `${prelude}configureLogging();\nfor (let i = 0; i < 3000; i++) getLogger('x').info(String(i));\nprocess.exit(0);\n`,
      '| cat',
    );
    const messages = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { message: string }).message);
    expect(messages).toEqual(Array.from({ length: 3000 }, (_, index) => String(index)));
  });

  it('lives on when the reader of its standard output goes away, or the disk is full', () => {
    const program = `${prelude}configureLogging();\nfor (let i = 0; i < 5000; i++) getLogger('x').info('line');\nprocess.stderr.write('alive');\n`;
    expect(run(program, '| head -1').stderr).toBe('alive');
    expect(run(program, '> /dev/full').stderr).toBe('alive');
  });

  it('shows only what needs attention until it is configured', () => {
    const { stdout, stderr } = run(`${prelude}getLogger('x').info('quiet');\ngetLogger('x').warning('loud');\n`);
    expect([stdout, stderr]).toEqual(['', expect.stringMatching(/WARNING simpletuner\.cloud\.x loud \(submit\.ts:3 /)]);
  });
});

function compileFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).filter((file) => !file.endsWith('.spec.ts'))) {
    compile(name, readFileSync(join(from, name), 'utf8'), join(to, name.replace(/\.ts$/, '.js')));
  }
}

function compile(fileName: string, text: string, to: string): void {
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, inlineSourceMap: true };
  writeFileSync(to, ts.transpileModule(text, { fileName, compilerOptions }).outputText);
}
