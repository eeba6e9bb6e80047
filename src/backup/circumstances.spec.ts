import { describe, expect, it } from 'vitest';
import { DomainError } from '../http/index.js';
import { NoScratch } from './backup-engine.js';
import { missingProgram } from './backup.errors.js';
import { isDiskFull, unprepared, unrestorable } from './circumstances.js';

const coded = (code: string, message = 'it went wrong'): Error => Object.assign(new Error(message), { code });
/** `full` is told by who knows which volume it is. */
const told = (error: unknown): unknown => {
  const answer = unrestorable('made.db', error);
  if (answer instanceof DomainError) return answer.code;
  return isDiskFull(answer) ? 'full' : answer;
};

describe('a backup that could not be restored to scratch', () => {
  it.each([
    [coded('SQLITE_CORRUPT_INDEX', 'row 5 missing from index'), 'backup_damaged'],
    [coded('SQLITE_NOTADB', 'file is not a database'), 'backup_damaged'],
    [coded('42703', 'column "name" does not exist'), 'backup_damaged'],
    [new Error('pg_restore: error: did not find magic string in file header'), 'backup_damaged'],
    [new Error('ERROR 1064 (42000) at line 7: You have an error in your SQL syntax'), 'backup_damaged'],
    [coded('Z_DATA_ERROR', 'incorrect header check'), 'backup_damaged'],
    [coded('ENOSPC'), 'full'],
    [coded('SQLITE_FULL'), 'full'],
    [coded('53100', 'could not extend file'), 'full'],
    [
      new Error(
        'pg_restore: error: COPY failed for table "events": ERROR:  could not extend file: No space left on device',
      ),
      'full',
    ],
    [new Error("ERROR 1114 (HY000) at line 12: The table 'events' is full"), 'full'],
    [new Error('it cannot be decompressed', { cause: coded('ENOSPC') }), 'full'],
    [coded('EACCES'), 'backup_not_permitted'],
    [coded('EROFS'), 'backup_not_permitted'],
    [coded('SQLITE_READONLY_DIRECTORY'), 'backup_not_permitted'],
    [new Error('pg_restore: error: could not execute query: ERROR:  permission denied for schema public'), 'backup_not_permitted'],
    [new Error("ERROR 1142 (42000) at line 3: CREATE command denied to user 'small'@'%'"), 'backup_not_permitted'],
    [coded('ECONNREFUSED'), 'backup_impossible'],
    [coded('53300', 'sorry, too many clients already'), 'backup_impossible'],
    [new Error('psql: error: connection to server at "127.0.0.1", port 1 failed: Connection refused'), 'backup_impossible'],
    [new Error('ERROR 2013 (HY000): Lost connection to server during query'), 'backup_impossible'],
    [coded('SQLITE_IOERR_WRITE', 'disk I/O error'), 'backup_impossible'],
    [missingProgram('pg_restore is not installed.'), 'backup_program_missing'],
  ])('%s: %s', (error, code) => {
    expect(told(error)).toBe(code);
  }); // prettier-ignore

  it('is no case of its own where there can be no scratch database', () => {
    const error = new NoScratch('the account may not create a database');
    expect(told(error)).toBe(error);
    expect(unprepared(error)).toBe(error);
    expect(unprepared(coded('55006', 'source database is being accessed'))).toMatchObject({
      code: 'backup_impossible',
    });
    expect(isDiskFull(unprepared(coded('53100')))).toBe(true);
  });
});
