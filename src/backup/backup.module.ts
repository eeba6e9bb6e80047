import { Inject, Injectable, Module } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { Lifecycle } from '#libs/worker';
import { Config, Keyring } from '../config/index.js';
import { Database, SCHEMA, type Schema } from '../database/index.js';
import { BackupController } from './backup.controller.js';
import { BackupMetrics } from './backup.metrics.js';
import { BackupSchedule, ScheduleWorld } from './backup-schedule.js';
import { BackupService } from './backup.service.js';
import { BackupStateRepository } from './backup-state.repository.js';
import { createBackups, type BackupsWorld } from './create-backups.js';
import { createPresence } from './drivers/create-presence.js';
import { DatabaseTurns } from './drivers/database-turns.js';
import { SqlBackupStateRepository } from './drivers/sql-backup-state.repository.js';
import { Presence } from './presence.js';
import { ServerStandstill, Standstill } from './standstill.js';
import { Turns } from './turns.js';

/** Announces this server for as long as it works. */
@Injectable()
class PresenceWorker {
  constructor(presence: Presence, lifecycle: Lifecycle) {
    lifecycle.add({
      name: 'presence',
      worksThroughPauses: true,
      // Who restores must not find the database deserted while the other workers of this server still work with it.
      isOutermost: true,
      start: () => presence.enter(),
      stop: () => presence.leave(),
    });
  }
}

@Injectable()
class ServerPlace {
  constructor(
    readonly presence: Presence,
    readonly standstill: Standstill,
    readonly turns: Turns,
  ) {}
}

/** What the backups of a server work with. */
@Injectable()
class ServerBackupsWorld implements BackupsWorld {
  constructor(
    readonly config: Config,
    readonly keyring: Keyring,
    readonly clock: Clock,
    @Inject(SCHEMA) readonly schema: Schema,
    readonly where: ServerPlace,
  ) {}

  get presence(): Presence {
    return this.where.presence;
  }

  get standstill(): Standstill {
    return this.where.standstill;
  }

  get turns(): Turns {
    return this.where.turns;
  }
}

@Module({
  controllers: [BackupController],
  providers: [
    PresenceWorker,
    ServerPlace,
    ServerBackupsWorld,
    ScheduleWorld,
    BackupSchedule,
    BackupMetrics,
    { provide: BackupStateRepository, useClass: SqlBackupStateRepository },
    { provide: Standstill, useClass: ServerStandstill },
    {
      provide: Turns,
      inject: [Config],
      useFactory: ({ settings }: Config) => new DatabaseTurns(settings.databaseUrl),
    },
    {
      provide: Presence,
      inject: [Config, Database, Clock],
      useFactory: createPresence,
    },
    {
      provide: BackupService,
      inject: [ServerBackupsWorld, Database],
      useFactory: createBackups,
    },
  ],
  exports: [BackupSchedule, BackupService],
})
export class BackupModule {}
