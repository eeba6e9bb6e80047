import { Command } from 'commander';
import { loadConfig } from '../config/index.js';
import { explain } from '../explain.js';
import type { CreateOptions } from './backup.command.js';
import type { CommandContext } from './command-context.js';
import type { DoctorCommandOptions } from './doctor.command.js';
import { version } from '../version.js';

async function main(): Promise<void> {
  const context: CommandContext = {
    config: () => loadConfig(),
    print: (line) => void process.stdout.write(`${line}\n`),
  };
  const program = new Command('simpletuner-cloud').description('Operate a SimpleTuner Cloud Server').version(version);
  // Each command is loaded when it is named: `config` must not wait for a database driver.
  program
    .command('config')
    .description('print the effective configuration and where each value came from')
    .option('--markdown', 'print the table of every setting, as in docs/configuration.md')
    .action(async (options: { markdown?: boolean }) => (await import('./config.command.js')).run(context, options));
  program
    .command('migrate')
    .description('bring the database schema up to date')
    .action(async () => (await import('./migrate.command.js')).run(context));
  program
    .command('doctor')
    .description('examine this installation and the running server, and print what to mend')
    .option('--json', 'print the findings as JSON')
    .option('--job <id>', 'look at the uploads of this job, too')
    .option('--api-key-file <file>', 'file with the API key of an admin, for a server with accounts')
    .option('--checkpoint', 'empty the write-ahead log of SQLite')
    .action(async (options: DoctorCommandOptions) => (await import('./doctor.command.js')).run(context, options));
  addBackupCommands(program, context);
  addAuditCommands(program, context);
  addSecretsCommands(program, context);
  addStorageCommands(program, context);
  await program.parseAsync();
}

function addBackupCommands(program: Command, context: CommandContext): void {
  const backup = program.command('backup').description('make, prove and restore backups of the database');
  const load = () => import('./backup.command.js');
  backup
    .command('create')
    .description('make a backup, also while the server runs, and prove it by restoring it to scratch')
    .option('--compress', 'gzip the file')
    .option('--output <file>', 'write it there instead of into the folder of backups')
    .option('--prune', 'then delete those that are older than the retention, as the schedule of a server does')
    .action(async (options: CreateOptions) => (await load()).create(context, options));
  backup
    .command('list')
    .description('list the backups, newest first')
    .action(async () => (await load()).list(context));
  backup
    .command('verify <backup>')
    .description('restore a backup (its name or its file) to scratch and compare it with its manifest')
    .action(async (name: string) => (await load()).verify(context, name));
  backup
    .command('restore <backup>')
    .description('replace all records by those of a backup (its name or its file); the server must not run')
    .option('--accept-other-key', 'take it although it was made with another master key')
    .action(async (name: string, options: { acceptOtherKey?: boolean }) =>
      (await load()).restore(context, name, options),
    );
  backup
    .command('prune')
    .description('delete backups that are older than the retention, but never the last good one')
    .action(async () => (await load()).prune(context));
  backup
    .command('info')
    .description('say where the database is and how large')
    .action(async () => (await load()).info(context));
}

function addAuditCommands(program: Command, context: CommandContext): void {
  const audit = program.command('audit').description('prove exports of the audit log');
  audit
    .command('verify <file>')
    .description('prove an export (JSONL; - for standard input) with nothing but the file and the public key')
    .requiredOption('--key <pem...>', 'file with the public key of the server, as `audit public-key` prints it')
    .action(async (file: string, options: { key: readonly string[] }) =>
      (await import('./audit.command.js')).verify(context, file, options),
    );
  audit
    .command('public-key')
    .description('print the key with which others can prove exports of this server')
    .action(async () => (await import('./audit.command.js')).publicKey(context));
}

function addSecretsCommands(program: Command, context: CommandContext): void {
  const secrets = program.command('secrets').description('change the secrets file; a running server follows by itself');
  secrets
    .command('set <name>')
    .description('set a secret to what standard input says')
    .action(async (name: string) => (await import('./secrets.command.js')).set(context, name));
  secrets
    .command('unset <name>')
    .description('remove a secret from the file')
    .action(async (name: string) => (await import('./secrets.command.js')).unset(context, name));
}

function addStorageCommands(program: Command, context: CommandContext): void {
  const storage = program.command('storage').description('hold the index of stored files against the files themselves');
  storage
    .command('verify')
    .description('re-read every stored byte and name what is missing, different or unknown')
    .option('--job <id>', 'of one job only')
    .action(async (options: { job?: string }) => (await import('./storage.command.js')).verify(context, options));
  storage
    .command('reindex')
    .description('make the index say again what lies on the disk: adopts files that were restored or copied there')
    .option('--forget-missing', 'remove objects whose bytes are nowhere from the index')
    .action(async (options: { forgetMissing?: boolean }) =>
      (await import('./storage.command.js')).reindex(context, options),
    );
}

// Who reads only the beginning (`| head`) has seen enough; what is being done goes on.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
});
