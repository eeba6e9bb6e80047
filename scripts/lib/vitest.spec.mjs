import { describe, expect, it } from 'vitest';
import { countTests, failedTests } from './vitest.mjs';

const file = (status, ...statuses) => ({
  name: '/somewhere/one.spec.ts',
  status,
  assertionResults: statuses.map((each, index) => ({ status: each, fullName: `test ${index}` })),
});

describe('the count of npm test', () => {
  it('adds up files', () => {
    const report = { testResults: [file('passed', 'passed', 'passed'), file('failed', 'passed', 'failed')] };
    expect(countTests(report)).toEqual({ passed: 3, failed: 1 });
  });

  it('counts a file that cannot be loaded as a failure', () => {
    const report = { testResults: [file('failed')] };
    expect(countTests(report)).toEqual({ passed: 0, failed: 1 });
    expect(failedTests(report)).toEqual(['/somewhere/one.spec.ts: the file failed']);
  });

  it('tells the beginning of the reason with the name of what failed', () => {
    const failure = { status: 'failed', fullName: 'test 0', failureMessages: ['Error: no\n    at one.spec.ts:1:2'] };
    const [told] = failedTests({ testResults: [{ ...file('failed'), assertionResults: [failure] }] });
    expect(told.split('\n')).toEqual([
      '/somewhere/one.spec.ts: test 0 (failed)',
      '    Error: no',
      '        at one.spec.ts:1:2',
    ]);
  });

  it('does not let a skipped or an unwritten test pass', () => {
    const report = { testResults: [file('passed', 'passed', 'skipped', 'todo')] };
    expect(countTests(report)).toEqual({ passed: 1, failed: 2 });
  });
});
