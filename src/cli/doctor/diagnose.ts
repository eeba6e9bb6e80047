import { SystemClock } from '#libs/clock';
import { configureLogging } from '#libs/log';
import type { Config } from '../../config/index.js';
import { certificatesCheck, clockCheck, providerCheck, proxiesCheck } from './connections.js';
import { databaseCheck } from './database.js';
import { diskCheck, secretFilesCheck, secretsCheck } from './files.js';
import { fail, type Check, type Finding } from './finding.js';
import { RunningServer } from './running-server.js';
import { healthCheck, jobCheck, publicUrlCheck, webhookCheck } from './server.js';

export interface DoctorOptions {
  readonly job?: string;
  /** Of an admin, for a server with accounts. */
  readonly apiKey?: string;
  readonly checkpoint?: boolean;
}

/** In the order of docs/troubleshooting.md. */
const checks: readonly Check[] = [
  proxiesCheck,
  certificatesCheck,
  providerCheck,
  clockCheck,
  databaseCheck,
  diskCheck,
  secretFilesCheck,
  secretsCheck,
  healthCheck,
  publicUrlCheck,
  webhookCheck,
  jobCheck,
];

/** Runs every check of the troubleshooting chapter. Never rejects: a configuration or a check that fails is a finding. */
export async function diagnose(load: () => Config, options: DoctorOptions = {}): Promise<Finding[]> {
  configureLogging({ level: 'ERROR' });
  let config: Config;
  try {
    config = load();
  } catch (error) {
    return [
      fail(
        'configuration',
        (error as Error).message,
        'Correct these variables; `simpletuner-cloud config` shows what counts.',
      ),
    ];
  }
  const server = new RunningServer(config, options.apiKey);
  const clock = new SystemClock();
  const world = { config, clock, server, jobId: options.job, empties: options.checkpoint ?? false };
  const findings: Finding[] = [];
  for (const check of checks) {
    try {
      findings.push(...(await check.run(world)));
    } catch (error) {
      findings.push(
        fail(
          check.name,
          `Cannot be examined: ${(error as Error).message.slice(0, 300)}`,
          'Look at this by hand; see docs/troubleshooting.md.',
        ),
      );
    }
  }
  return findings;
}
