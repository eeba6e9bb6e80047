import type { Config } from './config/index.js';
import type { Listeners } from './http/index.js';

/** What a person at a terminal sees once the server is ready: where it is, and what to try next. */
export function welcome(listeners: Listeners, config: Config): string {
  const ops = listeners.origin('ops') ?? '';
  return [
    '',
    'SimpleTuner Cloud Server is ready.',
    '',
    `  API and console   ${ops}`,
    `  API description   ${ops}/api/docs`,
    `  public listener   ${listeners.origin('public') ?? 'off'}`,
    `  files             ${config.paths.home}`,
    '',
    'Next:',
    `  curl ${ops}/api/cloud/health`,
    `  curl ${ops}/api/cloud/providers`,
    '  npm run demo',
    '',
    '',
  ].join('\n');
}
