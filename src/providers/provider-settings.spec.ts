import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { effectiveValues, mergeSettings, shownValues } from './provider-settings.js';

const folder = mkdtempSync(join(tmpdir(), 'provider-settings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
// A certificate authority made for these tests; its key was thrown away.
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBiTCCAS+gAwIBAgIUNvGmDY3MeVKzUgsR1HtgFyatq08wCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjYxMTIzMjEyNzQ4WhgPMjEy
NjEwMzAyMTI3NDhaMBkxFzAVBgNVBAMMDlRlc3QgYXV0aG9yaXR5MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEfXFIzaGfJovxI4cmyNhl4qDUHHx5lT72jRh8T7B5
HqMYECKK2jcPryNPHzmRIFjkLogaWusrriMJJ1YA/dlaNqNTMFEwHQYDVR0OBBYE
FDx1y+4QSv9uEoyKVHSHYFfB3ZrLMB8GA1UdIwQYMBaAFDx1y+4QSv9uEoyKVHSH
YFfB3ZrLMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAMBD2ltc
6NO7lhXmYk4mCRfioheU663GD8uaEMU8TSPFAiBCQBkYwFV18EqbEu9qQeN+jMPT
aHWrHJ2M4Wuw3YCHzg==
-----END CERTIFICATE-----
`;

describe('mergeSettings', () => {
  it('leaves what is absent or null, clears what is "", and tells what changed', async () => {
    const stored = { webhook_allowed_ips: ['10.0.0.0/8'], http_timeout: 60, hardware_profile: 'local' };
    const { fields, changed } = await mergeSettings('process', stored, {
      http_timeout: '',
      hardware_profile: null,
      ssl_verify: false,
      webhook_allowed_ips: ['10.0.0.0/8'],
    });
    expect(fields).toEqual({ webhook_allowed_ips: ['10.0.0.0/8'], hardware_profile: 'local', ssl_verify: false });
    expect(changed).toEqual(['http_timeout', 'ssl_verify']);
  });

  it.each([
    ['webhook_allowed_ips', ['10.0.0.0/8', '192.168.1.7/16', '2001:db8::/32', '::1', ' 1.2.3.4 ']],
    ['webhook_allowed_ips', []],
    ['webhook_allowlist_mode', 'report_only'],
    ['http_timeout', 60.5],
    ['proxy_url', 'http://user:pass@proxy.corp.example.com:8080'],
    ['proxy_url', 'https://proxy:8443'],
    ['s3_public_url', 'https://simpletuner.example.com/prefix'],
    ['s3_public_url', 'http://127.0.0.1:8001'],
    ['s3_output_path', '~/.simpletuner/outputs'],
    ['s3_max_object_bytes', 1],
    ['cost_limit_amount', 12.5],
    ['cost_limit_action', 'block'],
    ['hardware_info', { gpus: 2 }],
    ['max_runtime_minutes', 60],
    ['command', ['python', 'train.py', '']],
    ['working_directory', '/srv/trainer'],
    ['max_concurrent', 4],
    ['cost_per_hour', 1.25],
    ['ssl_ca_bundle', file('good.pem', `# two of them\n${CERTIFICATE}\n${CERTIFICATE}`)],
  ])('accepts %s = %j', async (name, value) => {
    const { changed } = await mergeSettings('process', {}, { [name]: value });
    expect(changed).toEqual([name]);
  });

  it.each([
    ['webhook_allowed_ips', ['10.0.0.0/8', 'not an address']],
    ['webhook_allowed_ips', ['10.0.0.0/33']],
    ['webhook_allowed_ips', [7]],
    ['webhook_allowed_ips', '10.0.0.0/8'],
  ])('refuses a bad allow-list as malformed, naming the entry: %s = %j', async (name, value) => {
    const write = mergeSettings('process', {}, { http_timeout: 5, [name]: value });
    const bad = Array.isArray(value) ? JSON.stringify(value.at(-1)) : 'must be a list';
    await expect(write).rejects.toMatchObject({ kind: 'malformed', code: 'invalid_input' });
    await expect(write).rejects.toThrow(bad);
  });

  it.each([
    ['no_such_field', 1],
    ['constructor', 1],
    ['__proto__x', {}],
    ['ssl_verify', 'false'],
    ['ssl_verify', 0],
    ['http_timeout', 0],
    ['http_timeout', 3_601],
    ['http_timeout', '60'],
    ['http_timeout', Number.NaN],
    ['webhook_rate_limit_max', 1.5],
    ['webhook_allowlist_mode', 'maybe'],
    ['proxy_url', 'socks5://proxy:1080'],
    ['proxy_url', 'proxy:8080'],
    ['proxy_url', 'http://proxy:8080/path'],
    ['proxy_url', 'http://169.254.169.254:80'],
    ['proxy_url', 'http://0xa9fea9fe:8080'],
    ['proxy_url', 'http://[::ffff:169.254.169.254]:8080'],
    ['s3_public_url', 'https://2852039166'],
    ['webhook_url', 'https://metadata.google.internal/'],
    ['s3_public_url', 'http://simpletuner.example.com'],
    ['s3_public_url', 'https://user:pass@example.com'],
    ['s3_public_url', 'https://example.com/?a=b'],
    ['s3_public_url', 'ftp://127.0.0.1'],
    ['webhook_url', 'not a url'],
    ['webhook_url', 'https://example.com\nX: y'],
    ['s3_output_path', 'outputs'],
    ['hardware_info', ['list']],
    ['hardware_info', { text: 'x'.repeat(20_000) }],
    ['cost_limit_amount', -1],
    ['max_runtime_minutes', 0],
    ['command', []],
    ['command', ['']],
    ['command', 'python train.py'],
    ['command', ['python', 'a\0b']],
    ['command', ['python', 7]],
    ['working_directory', 'relative'],
    ['ssl_ca_bundle', '/no/such/file.pem'],
    ['ssl_ca_bundle', folder],
    ['ssl_ca_bundle', '/dev/zero'],
    ['ssl_ca_bundle', file('empty.pem', 'nothing in here')],
    ['ssl_ca_bundle', file('broken.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')],
    ['ssl_ca_bundle', file('half.pem', CERTIFICATE + CERTIFICATE.slice(0, 200) + '\n-----END CERTIFICATE-----')],
  ])('refuses %s = %j', async (name, value) => {
    const write = mergeSettings('process', { http_timeout: 5 }, { [name]: value });
    await expect(write).rejects.toMatchObject({
      code: 'validation_error',
      extras: { details: { fields: [{ field: name }] } },
    });
  });

  it('names every bad field at once', async () => {
    const write = mergeSettings('replicate', {}, { ssl_verify: 1, http_timeout: 'x', command: ['python'] });
    await expect(write).rejects.toMatchObject({
      extras: {
        details: {
          fields: [
            { field: 'ssl_verify' },
            { field: 'http_timeout' },
            { field: 'command', message: 'is not a known field' },
          ],
        },
      },
    });
  });

  it('changes nothing when it is given the masked form back', async () => {
    const stored = { proxy_url: 'http://user:pass@proxy:8080' };
    const shown = shownValues('process', stored);
    expect(shown).toEqual({ proxy_url: 'http://***:***@proxy:8080' });
    expect(await mergeSettings('process', stored, shown)).toEqual({ fields: stored, changed: [] });
  });
});

describe('effectiveValues', () => {
  it('puts the environment over what is stored, and that over the default, and says which', () => {
    const { values, sources } = effectiveValues(
      'process',
      { http_timeout: 60, ssl_verify: false },
      { http_timeout: 5 },
    );
    expect(values).toMatchObject({
      http_timeout: 5,
      ssl_verify: false,
      webhook_require_signature: true,
      max_concurrent: 1,
    });
    expect(sources).toMatchObject({ http_timeout: 'environment', ssl_verify: 'stored', max_concurrent: 'default' });
    expect(effectiveValues('replicate', {}, {}).values).not.toHaveProperty('command');
  });
});
