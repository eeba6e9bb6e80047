import { readFileSync } from 'node:fs';
import type { Cluster, Redis } from 'ioredis';

type Script<Reply> = (...args: (string | number)[]) => Promise<Reply>;

/** The scripts as commands: one EVALSHA each, loaded again by the client when the server has forgotten them. */
export interface RedisScripts {
  /** The number of keys comes first. */
  readonly hitExact: Script<number[]>;
  readonly hitCounters: Script<[number, number, number, number, number]>;
  readonly refund: Script<number>;
  readonly compareAndSet: Script<number>;
  readonly increment: Script<number>;
  readonly setFields: Script<number>;
  readonly lease: Script<[string, string] | null>;
}

const files: Record<keyof RedisScripts, { readonly file: string; readonly keys?: number }> = {
  hitExact: { file: 'hit-exact.lua' },
  hitCounters: { file: 'hit-counters.lua', keys: 1 },
  refund: { file: 'refund.lua', keys: 1 },
  compareAndSet: { file: 'compare-and-set.lua', keys: 1 },
  increment: { file: 'increment.lua', keys: 1 },
  setFields: { file: 'set-fields.lua', keys: 1 },
  lease: { file: 'lease.lua', keys: 1 },
};

export function defineScripts(redis: Redis | Cluster): RedisScripts {
  const scripts: Record<string, Script<unknown>> = {};
  for (const [name, { file, keys }] of Object.entries(files)) {
    const command = `state:${name}`;
    redis.defineCommand(command, {
      ...(keys && { numberOfKeys: keys }),
      lua: readFileSync(new URL(file, import.meta.url), 'utf8'),
    });
    const defined = (redis as unknown as Record<string, Script<unknown>>)[command];
    if (!defined) throw new Error(`the client did not define ${command}`);
    scripts[name] = defined.bind(redis);
  }
  return scripts as unknown as RedisScripts;
}
