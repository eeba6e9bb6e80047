import { readFileSync } from 'node:fs';
import { redactText } from '#libs/log';
import { diagnose } from './doctor/diagnose.js';
import type { Finding } from './doctor/finding.js';
import type { CommandContext } from './command-context.js';

export interface DoctorCommandOptions {
  readonly json?: boolean;
  readonly job?: string;
  readonly apiKeyFile?: string;
  readonly checkpoint?: boolean;
}

const NAME_WIDTH = 28;

/** Examines this installation and prints what to mend; exit code 1 when something fails. */
export async function run({ config, print }: CommandContext, options: DoctorCommandOptions): Promise<void> {
  const { apiKeyFile, json, ...wish } = options;
  const apiKey = apiKeyFile === undefined ? {} : { apiKey: readFileSync(apiKeyFile, 'utf8').trim() };
  const findings = await diagnose(config, { ...wish, ...apiKey });
  const isOk = findings.every(({ status }) => status !== 'fail');
  const text = json ? JSON.stringify({ ok: isOk, checks: findings }, undefined, 2) : findings.map(lineOf).join('\n');
  print(redactText(text));
  if (!json) print(summaryOf(findings));
  if (!isOk) process.exitCode = 1;
}

function lineOf({ check, status, seen, todo }: Finding): string {
  const line = `${status.padEnd(5)} ${check.padEnd(NAME_WIDTH)} ${seen}`;
  return todo === undefined ? line : `${line}\n      → ${todo}`;
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (status: Finding['status']): number => findings.filter((finding) => finding.status === status).length;
  return `\n${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} to mend.`;
}
