import type { Clock } from '#libs/clock';
import {
  openStateBackend,
  StateLimitExceeded,
  StateUnavailable,
  type StateBackend,
  type StateBackendKind,
} from '#libs/state';
import { StartError, type Config } from '../config/index.js';

/** The state backend of the settings, loading only its driver. @throws StartError naming the setting when it cannot be reached. */
export async function openState(config: Config, clock: Clock): Promise<StateBackend> {
  const { stateBackend, stateBackendUrl, stateBackendPoolSize, stateBackendTimeoutMs, stateBackendKeyPrefix } =
    config.settings;
  const kind = stateBackend as StateBackendKind;
  try {
    return await openStateBackend({
      kind,
      url: stateBackendUrl,
      poolSize: stateBackendPoolSize,
      timeoutMs: stateBackendTimeoutMs,
      keyPrefix: stateBackendKeyPrefix,
      clock,
    });
  } catch (error) {
    if (error instanceof StateLimitExceeded)
      throw new StartError(`STATE_BACKEND_KEY_PREFIX cannot be used: ${error.message}`);
    if (!(error instanceof StateUnavailable)) throw error;
    throw new StartError(
      `The state backend ${placeOf(stateBackendUrl)} cannot be opened (${error.message}): check STATE_BACKEND and STATE_BACKEND_URL, and that the server there runs and lets this user in`,
      { cause: error },
    );
  }
}

/** The address without what must not be shown. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'file';
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
