import { afterAll } from 'vitest';
import { SystemClock, type Clock } from '#libs/clock';
import { openStateBackend, type StateBackend, type StateBackendKind, type StateBackendOptions } from '#libs/state';
import { freshDatabase, freshRedisSpace } from '../support/databases.js';

export type BackendPlace = Pick<StateBackendOptions, 'kind' | 'url' | 'keyPrefix'>;

/** A store for a test file: `place` is empty and its own, `open` connects to it as one more process would. */
export interface StateDriver {
  readonly kind: StateBackendKind;
  place(): Promise<BackendPlace>;
  open(place: BackendPlace, clock?: Clock): Promise<StateBackend>;
}

const places: Record<StateBackendKind, () => Promise<BackendPlace>> = {
  memory: async () => ({ kind: 'memory', url: 'memory:', keyPrefix: 'st:' }),
  sqlite: async () => ({ kind: 'sqlite', url: await freshDatabase('sqlite'), keyPrefix: 'st:' }),
  redis: async () => {
    const { url, prefix } = freshRedisSpace();
    return { kind: 'redis', url, keyPrefix: prefix };
  },
  postgresql: async () => ({ kind: 'postgresql', url: await freshDatabase('postgres'), keyPrefix: 'st:' }),
  mysql: async () => ({ kind: 'mysql', url: await freshDatabase('mysql'), keyPrefix: 'st:' }),
};

export const poolSize = 10;
export const timeoutMs = 30_000;

/** The drivers to prove, all of them unless `DRIVERS=sqlite,redis` names some. */
export function stateDrivers(): StateDriver[] {
  const kinds = Object.keys(places) as StateBackendKind[];
  const wanted = process.env['DRIVERS']?.split(',') ?? kinds;
  const unknown = wanted.filter((name) => !kinds.includes(name as StateBackendKind));
  if (unknown.length > 0) throw new Error(`DRIVERS names ${unknown.join(', ')}; there are ${kinds.join(', ')}`);
  return kinds.filter((kind) => wanted.includes(kind)).map((kind) => driverOf(kind));
}

const opened: StateBackend[] = [];

afterAll(async () => {
  await Promise.all(opened.splice(0).map((backend) => backend.close()));
});

/** A driver on the usual place of its kind, or on another. */
export function driverOf(kind: StateBackendKind, place = places[kind]): StateDriver {
  return {
    kind,
    place,
    open: async (place, clock = new SystemClock()) => {
      const backend = await openStateBackend({ ...place, poolSize, timeoutMs, clock });
      opened.push(backend);
      return backend;
    },
  };
}
