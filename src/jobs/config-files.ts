import { Injectable } from '@nestjs/common';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Config } from '../config/index.js';
import { invalidFields } from '../http/index.js';

const CONFIG_BYTES_MAX = 1_048_576;

export interface NamedConfig {
  readonly config: Readonly<Record<string, unknown>>;
  /** Of `multidatabackend.json` beside it; undefined when there is none. */
  readonly dataloaderConfig: readonly Readonly<Record<string, unknown>>[] | undefined;
}

/** Training configurations kept on this server as `{home}/config/{name}/config.json`. */
@Injectable()
export class ConfigFiles {
  constructor(private readonly config: Config) {}

  /** `name` must have passed the request's pattern: one path segment. @throws DomainError validation_error. */
  async read(name: string): Promise<NamedConfig> {
    const folder = join(this.config.paths.home, 'config', name);
    const config = await readJson(join(folder, 'config.json'));
    if (!isObject(config))
      throw unusable(name, config === undefined ? 'no such configuration' : 'it is not a JSON object');
    const dataloader = await readJson(join(folder, 'multidatabackend.json'));
    if (dataloader === undefined) return { config, dataloaderConfig: undefined };
    if (!Array.isArray(dataloader) || !dataloader.every(isObject))
      throw unusable(name, 'its multidatabackend.json is not a list of JSON objects');
    return { config, dataloaderConfig: dataloader };
  }
}

/** Undefined when there is no file, null when it is none of ours: too large, not JSON, not readable. */
async function readJson(file: string): Promise<unknown> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(CONFIG_BYTES_MAX + 1), 0, CONFIG_BYTES_MAX + 1, 0);
      if (bytesRead > CONFIG_BYTES_MAX) return null;
      return JSON.parse(buffer.subarray(0, bytesRead).toString('utf8')) as unknown;
    } finally {
      await handle.close();
    }
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '') ? undefined : null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unusable(name: string, reason: string): Error {
  return invalidFields([{ field: 'config_name', message: `${JSON.stringify(name)} cannot be used: ${reason}` }]);
}
