import { beforeAll, describe, expect, it } from 'vitest';
import { isUniqueViolation, type Database } from '../../src/database/index.js';
import { EventEntity } from '../../src/events/index.js';
import { schema } from '../../src/schema/index.js';
import { openDatabase, sqlKinds } from '../support/sql.js';

describe.each(sqlKinds)('Database over %s', (kind) => {
  let database: Database;
  beforeAll(async () => {
    ({ database } = await openDatabase(kind, schema));
  });

  const add = (type: string, database_ = database): Promise<unknown> =>
    database_.run((manager) => manager.insert(EventEntity, { type, payload: { type }, userId: null, createdAtMs: 1 }));
  const count = (type: string): Promise<number> => database.run((manager) => manager.countBy(EventEntity, { type }));

  it('keeps what one caller wrote when another one rolls back meanwhile', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const doomed = database.transaction(async () => {
      await add('doomed');
      await held;
      throw new Error('roll back');
    });
    const kept = add('kept');
    release();
    await expect(doomed).rejects.toThrow('roll back');
    await kept;
    expect([await count('doomed'), await count('kept')]).toEqual([0, 1]);
  });

  it('joins the transaction of the caller, and undoes all of it together', async () => {
    const attempt = database.transaction(async () => {
      await add('outer');
      await database.transaction(() => add('inner'));
      throw new Error('roll back');
    });
    await expect(attempt).rejects.toThrow('roll back');
    expect([await count('outer'), await count('inner')]).toEqual([0, 0]);
  });

  it('announces after the commit, and never after a rollback', async () => {
    const announced: string[] = [];
    await database.transaction(async () => {
      database.afterCommit(() => announced.push('committed'));
      await add('announced');
      expect(announced).toEqual([]);
    });
    const failing = database.transaction(() => {
      database.afterCommit(() => announced.push('rolled back'));
      return Promise.reject(new Error('roll back'));
    });
    await expect(failing).rejects.toThrow('roll back');
    expect(announced).toEqual(['committed']);
  });

  it('runs thirty transactions at once without losing one', async () => {
    await Promise.all(Array.from({ length: 30 }, () => database.transaction(() => add('many'))));
    expect(await count('many')).toBe(30);
  });

  it('keeps text whole: four-byte characters, and more than 64 KiB', async () => {
    const payload = { text: `𝄞 é ${'x'.repeat(200_000)}` };
    await database.run((manager) =>
      manager.insert(EventEntity, { type: 'text', payload, userId: 'ü𝄞', createdAtMs: 1_700_000_000_123 }),
    );
    const row = await database.run((manager) => manager.findOneByOrFail(EventEntity, { type: 'text' }));
    expect(row).toMatchObject({ payload, userId: 'ü𝄞', createdAtMs: 1_700_000_000_123 });
  });

  it('tells a duplicate from other failures', async () => {
    const insert = (): Promise<unknown> =>
      database.run((manager) => manager.query('INSERT INTO heartbeat (id, at_ms) VALUES (1, 0)'));
    await expect(insert()).rejects.toSatisfy(isUniqueViolation);
    await expect(database.run((manager) => manager.query('SELECT nonsense'))).rejects.not.toSatisfy(isUniqueViolation);
  });
});
