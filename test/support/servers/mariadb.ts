import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { requireBinary } from './binaries.js';
import type { DatabaseServerOptions } from './postgres.js';
import { runAsServer, ServerProcess, type ServerRecipe } from './server-process.js';

const fastSettings = ['--innodb-flush-log-at-trx-commit=0', '--innodb-doublewrite=0', '--innodb-flush-method=nosync'];
const settings = [
  '--bind-address=127.0.0.1',
  '--skip-name-resolve',
  '--character-set-server=utf8mb4',
  '--default-time-zone=+00:00',
  '--max-connections=200',
  '--innodb-buffer-pool-size=64M',
];
// One statement a line, or the server ignores the rest of the file's line.
const account = `CREATE USER IF NOT EXISTS 'test'@'%' IDENTIFIED BY 'test';
GRANT ALL ON *.* TO 'test'@'%' WITH GRANT OPTION;
`;

function recipe(durable: boolean): ServerRecipe {
  const mariadbd = requireBinary('mariadbd', 'mariadb-server');
  const install = requireBinary('mariadb-install-db', 'mariadb-server');
  return {
    name: 'mariadb',
    stopSignal: 'SIGTERM',
    async prepare(directory) {
      const args = ['--no-defaults', `--datadir=${join(directory, 'data')}`, '--skip-test-db', '--skip-name-resolve'];
      await runAsServer({ file: install, args: [...args, '--auth-root-authentication-method=normal'] }, directory);
      const file = join(directory, 'account.sql');
      await writeFile(file, account);
      await chmod(file, 0o644);
    },
    command: (directory, port) => ({
      file: mariadbd,
      args: [
        ...['--no-defaults', `--datadir=${join(directory, 'data')}`, `--port=${port}`],
        ...[`--socket=${join(directory, 'socket')}`, `--pid-file=${join(directory, 'pid')}`],
        ...[`--init-file=${join(directory, 'account.sql')}`, ...settings, ...(durable ? [] : fastSettings)],
      ],
    }),
    url: (port) => `mysql://test:test@127.0.0.1:${port}/mysql`,
    async ask(url) {
      const connection = await mysql.createConnection({ uri: url, connectTimeout: 5_000 });
      await connection.query('select 1');
      await connection.end();
    },
  };
}

/** Starts a real MariaDB with empty system tables only. The account of the URL may create databases. */
export function startMariaDb(options: DatabaseServerOptions = {}): Promise<ServerProcess> {
  return ServerProcess.start(recipe(options.durable ?? false), options);
}
