import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EnvironmentError, flag, integer, list, oneOf, readEnv, seconds, text, url } from './index.js';

const table = {
  port: { name: 'PORT', fallback: 8080, help: 'port', parse: integer(0, 65_535) },
  drainMs: { name: 'DRAIN_SECONDS', fallback: 10_000, help: 'drain', parse: seconds(0, 600) },
  secure: { name: 'SECURE', fallback: false, help: 'secure', parse: flag },
  format: { name: 'FORMAT', fallback: 'json' as 'json' | 'text', help: 'format', parse: oneOf('json', 'text') },
  password: { name: 'PASSWORD', fallback: '', help: 'password', parse: text, secret: true },
  peers: { name: 'PEERS', fallback: [] as readonly string[], help: 'peers', parse: list(url('http', 'https')) },
};

describe('readEnv', () => {
  it('takes what is set, falls back where nothing or nothing but emptiness is set, and says which', () => {
    const { values, sources } = readEnv(table, {
      PORT: '',
      DRAIN_SECONDS: '2.5',
      SECURE: 'Yes',
      FORMAT: 'TEXT',
      PEERS: 'http://a, ,https://b',
    });
    expect(values).toEqual({
      port: 8080,
      drainMs: 2500,
      secure: true,
      format: 'text',
      password: '',
      peers: ['http://a', 'https://b'],
    });
    expect(sources).toMatchObject({ port: 'default', drainMs: 'environment', password: 'default' });
  });

  it('takes a URL without the white space around it', () => {
    const variable = { name: 'ORIGIN', fallback: '', help: 'origin', parse: url('https') };
    expect(readEnv({ origin: variable }, { ORIGIN: ' https://a\n' }).values.origin).toBe('https://a');
  });

  it('names every fault at once, and never shows a secret', () => {
    const attempt = (): unknown =>
      readEnv(
        { ...table, pin: { ...table.port, name: 'PIN', secret: true } },
        { PORT: '70000', SECURE: 'perhaps', PIN: 'hunter2' },
      );
    expect(attempt).toThrow(EnvironmentError);
    try {
      attempt();
    } catch (error) {
      expect((error as EnvironmentError).problems).toEqual([
        'PORT: "70000" is not allowed; allowed: a whole number from 0 to 65535',
        'SECURE: "perhaps" is not allowed; allowed: true or false (also 1/0, yes/no, on/off)',
        'PIN: (hidden) is not allowed; allowed: a whole number from 0 to 65535',
      ]);
    }
  });

  it('reads a secret from the file that NAME_FILE names, without its last line break', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'env-')), 'password');
    writeFileSync(file, 'from a file\n');
    const { values, sources } = readEnv(table, { PASSWORD_FILE: file });
    expect([values.password, sources.password]).toEqual(['from a file', 'file']);
    expect(() => readEnv(table, { PASSWORD_FILE: `${file}.missing` })).toThrow(
      'PASSWORD_FILE: the file cannot be read (ENOENT)',
    );
  });
});
