import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './root.mjs';
import { node } from './run.mjs';

/**
 * Counts what vitest's JSON report says. A file that cannot be loaded is a failure although it has no tests, and so
 * is a skipped test: what has not been checked has not passed.
 */
export function countTests(report) {
  const files = report.testResults.map((file) => ({
    passed: file.assertionResults.filter(({ status }) => status === 'passed').length,
    failed: file.assertionResults.filter(({ status }) => status !== 'passed').length,
    broken: file.status === 'failed' && file.assertionResults.every(({ status }) => status === 'passed'),
  }));
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  return {
    passed: sum(files.map(({ passed }) => passed)),
    failed: sum(files.map(({ failed, broken }) => failed + (broken ? 1 : 0))),
  };
}

const maxReasonLines = 12;

/** Titles of what failed or was skipped, each with the beginning of its reason, for the end of the output. */
export function failedTests(report) {
  return report.testResults.flatMap((file) => {
    const name = file.name.replace(`${root}/`, '');
    const failed = file.assertionResults.filter(({ status }) => status !== 'passed');
    if (failed.length === 0 && file.status === 'failed') return [`${name}: the file failed${reason([file.message])}`];
    return failed.map(
      ({ status, fullName, failureMessages }) => `${name}: ${fullName} (${status})${reason(failureMessages)}`,
    );
  });
}

function reason(messages = []) {
  const lines = messages.flatMap((message) => (message ?? '').split('\n')).filter((line) => line.trim() !== '');
  return lines
    .slice(0, maxReasonLines)
    .map((line) => `\n    ${line}`)
    .join('');
}

/**
 * Runs suites and returns how many tests passed and failed, with the names of the latter.
 * @param {string[]} args for vitest: projects, paths
 * @param {NodeJS.ProcessEnv} env
 */
export async function runVitest(args, env) {
  const directory = mkdtempSync(join(tmpdir(), `simpletuner-test-${process.pid}-report-`));
  const reportFile = join(directory, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  try {
    const { code } = await node([vitest, 'run', '--allowOnly=false', ...reporters, ...args], { env });
    if (!existsSync(reportFile)) return { passed: 0, failed: 1, names: [`vitest ended with code ${code}, no report`] };
    const report = JSON.parse(readFileSync(reportFile, 'utf8'));
    const counted = { ...countTests(report), names: failedTests(report) };
    if (counted.failed === 0 && (code !== 0 || counted.passed === 0)) {
      return { ...counted, failed: 1, names: [`vitest ended with code ${code} after ${counted.passed} passed tests`] };
    }
    return counted;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
