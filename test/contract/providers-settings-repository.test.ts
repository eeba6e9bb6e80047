import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import { SqlProviderSettingsRepository } from '../../src/providers/drivers/sql-provider-settings.repository.js';
import type { ProviderSettingsRepository, StoredSettings } from '../../src/providers/provider-settings.repository.js';
import { schema } from '../../src/schema/index.js';
import { openDatabase, sqlKinds, type OpenedDatabase } from '../support/sql.js';

const settings = (provider: string, version: number, fields: object = {}): StoredSettings => ({
  provider,
  fields: { ...fields },
  version,
  updatedAtMs: 1_795_467_600_123,
});

describe.each(sqlKinds)('ProviderSettingsRepository over %s', (kind) => {
  let repository: ProviderSettingsRepository;
  let opened: OpenedDatabase;
  beforeAll(async () => {
    opened = await openDatabase(kind, schema);
    repository = new SqlProviderSettingsRepository(opened.database);
  });

  it('knows nothing of a provider that nobody has configured', async () => {
    expect(await repository.read('replicate')).toBeUndefined();
  });

  it('keeps what was stored, of any size and in any script', async () => {
    const fields = {
      text: '鍵 𝄞 "quoted"',
      list: ['10.0.0.0/8'],
      number: 60.5,
      flag: false,
      long: 'x'.repeat(200_000),
    };
    const provider = newId();
    expect(await repository.replace(settings(provider, 1, fields))).toBe(true);
    expect(await repository.read(provider)).toEqual(settings(provider, 1, fields));
    expect(await repository.replace(settings(provider, 2))).toBe(true);
    expect(await repository.read(provider)).toEqual(settings(provider, 2));
  });

  it('tells names apart that differ in case alone', async () => {
    const provider = newId().toUpperCase();
    await repository.replace(settings(provider, 1));
    expect(await repository.read(provider.toLowerCase())).toBeUndefined();
  });

  it('refuses an outdated version and changes nothing then', async () => {
    const provider = newId();
    await repository.replace(settings(provider, 1, { kept: true }));
    for (const version of [1, 3, 7])
      expect(await repository.replace(settings(provider, version, { lost: true }))).toBe(false);
    expect(await repository.read(provider)).toEqual(settings(provider, 1, { kept: true }));
  });

  it.each([1, 2])('lets one of many writers of version %i through', async (version) => {
    const provider = newId();
    if (version === 2) await repository.replace(settings(provider, 1));
    const writers = Array.from({ length: 8 }, (_, writer) =>
      repository.replace(settings(provider, version, { writer })),
    );
    const results = await Promise.all(writers);
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await repository.read(provider)).toEqual(settings(provider, version, { writer: results.indexOf(true) }));
  });

  it('takes part in the caller’s transaction', async () => {
    const provider = newId();
    const change = opened.database.transaction(async () => {
      await repository.replace(settings(provider, 1));
      throw new Error('the audit row could not be written');
    });
    await expect(change).rejects.toThrow('audit');
    expect(await repository.read(provider)).toBeUndefined();
  });
});
