import { readFileSync } from 'node:fs';

/** From dist/src as well as from src, package.json is found by walking up. */
function readVersion(): string {
  for (const up of ['../package.json', '../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as { version: string }).version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}

/** The version of this server, as in package.json. */
export const version = readVersion();
