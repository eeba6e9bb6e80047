import { vi } from 'vitest';

/**
 * How long `vi.waitFor` and `vi.waitUntil` wait for their condition unless they are told otherwise, and so does
 * `expect.poll` (vitest.config.ts). Vitest's own limit of a second is what a busy machine may take for anything: with it,
 * tests fail by chance. Who waits for something that comes loses no time by a limit that is longer.
 */
const WAIT_MS = 30_000;

type Options = number | { readonly timeout?: number; readonly interval?: number } | undefined;

function patient(options: Options): Exclude<Options, undefined> {
  return typeof options === 'number' ? options : { timeout: WAIT_MS, ...options };
}

const { waitFor, waitUntil } = vi;
vi.waitFor = (callback, options) => waitFor(callback, patient(options));
vi.waitUntil = (callback, options) => waitUntil(callback, patient(options));
