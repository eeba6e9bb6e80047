import { AsyncLocalStorage } from 'node:async_hooks';
import { merged } from './merge.js';

/** Fields that every line written inside a context carries; `correlation_id` has its own place in the line. */
export type LogFields = Readonly<Record<string, unknown>>;

const storage = new AsyncLocalStorage<LogFields>();
const none: LogFields = Object.freeze({});

/**
 * Runs `work` with `fields` added to every line logged in it, in whatever it awaits and in the timers it starts.
 * Contexts nest (the inner field wins) and never reach work that was started outside.
 */
export function withLogContext<T>(fields: LogFields, work: () => T): T {
  return storage.run(merged(currentLogContext(), fields), work);
}

/** The fields of the current context; empty outside of any. */
export function currentLogContext(): LogFields {
  return storage.getStore() ?? none;
}

/** The correlation id of the current context, to be handed on to providers, inbox rows, audit rows and jobs. */
export function currentCorrelationId(): string | undefined {
  const id = currentLogContext().correlation_id;
  return typeof id === 'string' ? id : undefined;
}

/** Runs `work` outside of every context, for lines that belong to no request. */
export function withoutLogContext<T>(work: () => T): T {
  return storage.run(none, work);
}
