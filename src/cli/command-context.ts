import type { Config } from '../config/index.js';

/** What a command may use: the configuration as the server would read it, and where to write. */
export interface CommandContext {
  readonly config: () => Config;
  readonly print: (line: string) => void;
}
