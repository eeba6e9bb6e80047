import { join } from 'node:path';
import type { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import type { Worker } from '#libs/worker';
import type { Config, Keyring } from '../../config/index.js';
import type { ProviderSettingsService } from '../provider-settings.service.js';
import { LogRedaction } from './log-redaction.js';
import { ProcessLauncher } from './process-launcher.js';
import { processSweeper } from './process-sweeper.js';
import { PROCESS_PROVIDER, ProcessAdapter } from './process.adapter.js';
import { ProcessRuns } from './process-runs.js';
import { RunWatch } from './run-watch.js';
import { LOG_SEGMENT_BYTES } from './supervisor.js';

const LOOPBACK = /^(localhost|::1|127(\.\d{1,3}){3})$/;

export interface ProcessWorld {
  readonly config: Pick<Config, 'settings' | 'paths' | 'programEnvironment'>;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly settings: Pick<ProviderSettingsService, 'get'>;
  /** Bytes of one of the two log segments of a run. */
  readonly logSegmentBytes?: number;
}

/** Puts the `process` provider together: the adapter, the worker that sees runs end, and the one that tidies up behind them. */
export function createProcessAdapter(world: ProcessWorld): {
  adapter: ProcessAdapter;
  watch: Worker;
  sweeper: Worker;
} {
  const { config, keyring, clock, settings, logSegmentBytes = LOG_SEGMENT_BYTES } = world;
  const workRoot = join(config.paths.work, PROCESS_PROVIDER);
  const runs = new ProcessRuns(workRoot, clock);
  const redaction = new LogRedaction(keyring);
  const log = getLogger('providers');
  const watch = new RunWatch(runs, clock, (error) => log.warning('A run cannot be watched; trying again', { error }));
  const adapter = new ProcessAdapter({
    runs,
    watch,
    launcher: new ProcessLauncher(config.programEnvironment, redaction, clock, logSegmentBytes),
    redaction,
    settings,
    keyring,
    // It executes what an admin types: only where nobody from outside can become that admin, or the operator says so.
    isOffered: process.platform !== 'win32' && (config.settings.processProvider || LOOPBACK.test(config.settings.host)),
    searchPath: config.programEnvironment['PATH'] ?? '',
    workRoot,
  });
  const sweeper = processSweeper(runs, clock, (error) => log.error('Tidying up after runs failed', { error }));
  return { adapter, watch, sweeper };
}
