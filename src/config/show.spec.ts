import { describe, expect, it } from 'vitest';
import { loadConfig } from './index.js';
import { configurationLines } from './show.js';

describe('the effective configuration as it is printed', () => {
  it('is what could be set: read again, it means the same', () => {
    const given = {
      SIMPLETUNER_HOME: '/srv/tuner',
      STATE_BACKEND_TIMEOUT: '2.5',
      SIMPLETUNER_DRAIN_SECONDS: '7',
      RATE_LIMIT_RULES: '[["^/a,b$", 5, 300, ["post"]], ["^/c$", 1, 60, null]]',
      SIMPLETUNER_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      SIMPLETUNER_SSL_VERIFY: 'no',
    };
    const config = loadConfig(given);
    const lines = configurationLines(config).map((line) => /^(\w+)=(.*) {2}\((\w+)(?:: .+)?\)$/.exec(line) ?? []);
    const printed: Record<string, string> = {};
    for (const [, name = '', value = ''] of lines) printed[name] = value;
    expect(printed).toMatchObject({ STATE_BACKEND_TIMEOUT: '2.5', SIMPLETUNER_JOB_POLL_INTERVAL: '30' });
    expect(lines.find(([, name]) => name === 'STATE_BACKEND_TIMEOUT')?.[3]).toBe('environment');
    expect(loadConfig(printed).settings).toEqual(config.settings);
  });
});
