import { EnvironmentError } from '#libs/env';
import { stackInSource } from '#libs/log';
import { StartError } from './config/index.js';

/** Faults that the operator can mend are told in one clear message; any other keeps its stack. */
export function explain(error: unknown): string {
  if (error instanceof EnvironmentError || error instanceof StartError) return error.message;
  return error instanceof Error ? stackInSource(error.stack ?? error.message) : String(error);
}
