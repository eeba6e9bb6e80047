import { Global, Inject, Injectable, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SystemClock } from '#libs/clock';
import { Config, StartError } from '../config/index.js';
import { createDataSource, limitStatements, type Schema } from './data-source.js';
import { Database } from './database.js';
import { waitBesideLocks } from './lock-waits.js';
import { hasPendingMigrations, migrate, unknownMigrations } from './migrator.js';

/** Injection token of the server's own Schema, for whoever opens a copy of the records. */
export const SCHEMA = Symbol('schema');

/** Opens the database, brings its schema up to date (or insists that it is), and closes it last. */
@Global()
@Module({})
export class DatabaseModule {
  static with(schema: Schema): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [
        { provide: SCHEMA, useValue: schema },
        { provide: DataSource, inject: [Config], useFactory: (config: Config) => openDataSource(config, schema) },
        {
          provide: Database,
          inject: [DataSource, Config],
          useFactory: (source: DataSource, config: Config) =>
            new Database(source, config.settings.databaseUrl, config.isAlone),
        },
        DatabaseCloser,
      ],
      exports: [Database, SCHEMA],
    };
  }
}

/** Drivers close in the last hook: requests in flight still need them until the listener has closed. */
@Injectable()
class DatabaseCloser implements OnApplicationShutdown {
  constructor(@Inject(DataSource) private readonly source: DataSource) {}

  async onApplicationShutdown(): Promise<void> {
    if (this.source.isInitialized) await this.source.destroy();
  }
}

/** Connects and migrates; the error of a database that cannot be used names the remedy. */
async function openDataSource(config: Config, schema: Schema): Promise<DataSource> {
  const { databaseUrl, autoMigrate } = config.settings;
  const source = await connect(config, schema);
  try {
    await refuseNewerSchema(source);
    if (autoMigrate) await migrate(source, databaseUrl);
    else if (await hasPendingMigrations(source)) {
      throw new StartError(
        'The database schema is older than this server: run `simpletuner-cloud migrate`, or set SIMPLETUNER_AUTO_MIGRATE=true',
      );
    }
  } catch (error) {
    await source.destroy();
    throw error;
  }
  limitStatements(source);
  waitBesideLocks(source, new SystemClock());
  return source;
}

/** What a newer server has made of the records, this one would misread, or write in a form that is no longer theirs. */
async function refuseNewerSchema(source: DataSource): Promise<void> {
  const unknown = await unknownMigrations(source);
  if (unknown.length === 0) return;
  throw new StartError(
    `The database was used by a newer version of this server (it has ${unknown.join(', ')}): run that version, or restore a backup from before`,
  );
}

async function connect(config: Config, schema: Schema): Promise<DataSource> {
  try {
    return await createDataSource(config.settings, schema).initialize();
  } catch (error) {
    const { protocol, host, pathname } = new URL(config.settings.databaseUrl);
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StartError(
      `The database ${protocol}//${host}${pathname} cannot be opened (${code ?? message}): check SIMPLETUNER_DATABASE_URL, and that the server there runs and lets this user in`,
      { cause: error },
    );
  }
}
