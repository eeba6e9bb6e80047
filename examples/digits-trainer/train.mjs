#!/usr/bin/env node
// @ts-check
// Trains a small network on handwritten digits. Everything it is told comes by environment variables and one JSON file;
// README.md beside this file lists them. Exit code: 0 trained and handed over, 1 failed, 2 wrong settings, 143 stopped
// by SIGTERM.
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Artifacts } from './lib/artifacts.mjs';
import { ConfigurationError, readConfiguration } from './lib/configuration.mjs';
import { readEnvironment } from './lib/environment.mjs';
import { Journal } from './lib/journal.mjs';
import { Reporter } from './lib/reporter.mjs';
import { run } from './lib/run.mjs';
import { Uploader } from './lib/uploader.mjs';
import { WebhookSender } from './lib/webhooks.mjs';

/** What is left for uploads and reports after SIGTERM; whoever sent it will lose patience. */
const TIME_AFTER_SIGTERM_MS = 5_000;

async function main() {
  const environment = readEnvironment(process.env);
  const { configuration, unknown } = await readConfiguration(environment.configurationFile);
  const folder = environment.configurationFile ? dirname(environment.configurationFile) : process.cwd();
  const directory = resolve(folder, configuration.output_dir ?? 'output');
  await mkdir(directory, { recursive: true });

  const journal = new Journal(directory, (line) => process.stdout.write(`${line}\n`));
  const warn = (/** @type {string} */ line) => journal.log(`[WARNING] ${line}`);
  for (const name of unknown) warn(`the setting ${name} means nothing to this trainer`);
  const { stop, cutOff } = listenForSigterm();
  const { jobId, webhook, uploadTarget } = environment;
  const webhooks = webhook && new WebhookSender({ ...webhook, jobId }, warn);
  const uploader = uploadTarget && new Uploader(uploadTarget, warn);
  const artifacts = new Artifacts(directory, uploader, (line) => journal.log(line), cutOff);
  const reporter = new Reporter(journal, webhooks);

  const exitCode = await runToExitCode(
    () => run(configuration, jobId, { journal, reporter, artifacts }, stop),
    reporter,
    stop,
  );
  await webhooks?.flush(stop.aborted ? TIME_AFTER_SIGTERM_MS : undefined);
  process.exit(exitCode);
}

/**
 * @param {() => Promise<'completed' | 'stopped'>} execute
 * @param {Reporter} reporter
 * @param {AbortSignal} stop
 * @returns {Promise<number>}
 */
async function runToExitCode(execute, reporter, stop) {
  try {
    if ((await execute()) === 'completed') return 0;
    reporter.stopped('SIGTERM; the last checkpoint is saved');
  } catch (error) {
    const reason = error instanceof Error ? error.message || error.name : String(error);
    if (!stop.aborted) {
      reporter.failed(reason);
      return 1;
    }
    reporter.stopped(`SIGTERM; the last checkpoint is only on the disk of this machine (${reason})`);
  }
  return 143;
}

/**
 * @returns {{ stop: AbortSignal, cutOff: AbortSignal }} `stop` at SIGTERM, `cutOff` when no more time is left
 */
function listenForSigterm() {
  const stop = new AbortController();
  const cutOff = new AbortController();
  // Not once: a second signal must not cut the last checkpoint short.
  process.on('SIGTERM', () => {
    stop.abort();
    setTimeout(() => cutOff.abort(), TIME_AFTER_SIGTERM_MS);
  });
  return { stop: stop.signal, cutOff: cutOff.signal };
}

main().catch((/** @type {unknown} */ error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ConfigurationError ? 2 : 1);
});
