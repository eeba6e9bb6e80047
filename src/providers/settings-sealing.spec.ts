import { describe, expect, it } from 'vitest';
import { closeLogs, configureLogging } from '#libs/log';
import { Keyring } from '../config/index.js';
import { SettingsSealing } from './settings-sealing.js';

describe('settings whose master key is gone', () => {
  it('count as not set, and the log says so once', () => {
    const written: string[] = [];
    configureLogging({ output: (line) => void written.push(line) });
    const fields = { proxy_url: 'http://user:hunter2@proxy:3128', http_timeout: 5 };
    const closed = new SettingsSealing(new Keyring('former key')).close('process', fields);
    const sealing = new SettingsSealing(new Keyring('another key'));
    const stored = { provider: 'process', version: 1, updatedAtMs: 0, fields: closed };
    for (let reading = 0; reading < 3; reading += 1)
      expect(sealing.open('process', stored)?.fields).toEqual({ http_timeout: 5 });
    expect(new SettingsSealing(new Keyring('new key', ['former key'])).open('process', stored)?.fields).toEqual(fields);
    closeLogs();
    const complaints = written.filter((line) => line.includes('cannot be opened'));
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain('proxy_url');
    expect(written.join('')).not.toContain('hunter2');
  });
});
