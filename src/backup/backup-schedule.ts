import { Injectable } from '@nestjs/common';
import { Cron } from 'croner';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Lifecycle, Loop, type Worker } from '#libs/worker';
import { Config } from '../config/index.js';
import { HealthRegistry, type Finding } from '../health/index.js';
import { DomainError, type Actor } from '../http/index.js';
import type { BackupOutlook } from './backup.dto.js';
import { BackupService } from './backup.service.js';
import { BackupStateRepository } from './backup-state.repository.js';

const LOOK_INTERVAL_MS = 5_000;
const RETRY_MS = 600_000;
/** A scheduled backup that is this late is told by health. */
const LATE_MS = 3_600_000;
/** A large database takes its time; the worker is not stuck before that. */
const BACKUP_TIMEOUT_MS = 21_600_000;

const log = getLogger('backup');
const schedule: Actor = { id: 'schedule', userId: null, address: null };

/** What the schedule needs of the platform. */
@Injectable()
export class ScheduleWorld {
  constructor(
    readonly config: Config,
    readonly clock: Clock,
    readonly lifecycle: Lifecycle,
    readonly health: HealthRegistry,
  ) {}
}

/**
 * Makes backups by the schedule and gives up old ones. All replicas look; the first one whose turn it is makes it. What was missed
 * while no server ran is made up for once.
 */
@Injectable()
export class BackupSchedule implements Worker {
  readonly name = 'backup schedule';
  private readonly cron: Cron | undefined;
  private readonly clock: Clock;
  private readonly loop: Loop;

  constructor(
    private readonly backups: BackupService,
    private readonly state: BackupStateRepository,
    private readonly world: ScheduleWorld,
  ) {
    const { backupSchedule } = world.config.settings;
    this.clock = world.clock;
    this.cron = backupSchedule === '' ? undefined : new Cron(backupSchedule, { timezone: 'UTC' });
    this.loop = new Loop({
      name: this.name,
      intervalMs: LOOK_INTERVAL_MS,
      roundTimeoutMs: BACKUP_TIMEOUT_MS,
      clock: world.clock,
      work: () => this.round(),
      onError: (error) => log.error('The schedule of backups cannot be kept; trying again', { error }),
    });
    world.lifecycle.add(this);
    world.health.add('backup', () => this.finding());
  }

  start(): void {
    if (this.cron) this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  pulse(): ReturnType<Loop['pulse']> {
    return this.cron ? this.loop.pulse() : { lastBeatMs: this.clock.monotonicMs(), allowedSilenceMs: Infinity };
  }

  /** The schedule, when the last backup was made (over all replicas), and when the next one is due. */
  async outlook(): Promise<BackupOutlook> {
    const { settings, paths } = this.world.config;
    const state = await this.state.read();
    const nextAtMs = this.cron && this.dueAfter(state.scheduledThroughMs || this.clock.now());
    return {
      ...state,
      folder: paths.backups,
      schedule: settings.backupSchedule,
      retentionDays: settings.backupRetentionDays,
      nextAtMs,
    };
  }

  private async round(): Promise<void> {
    const { scheduledThroughMs } = await this.state.read();
    if (scheduledThroughMs === 0) return this.state.begin(this.clock.now());
    if (!(await this.isDue())) return;
    const nowMs = this.clock.now();
    try {
      const wish = { trigger: 'scheduled', actor: schedule, compress: true } as const;
      const done = (): Promise<void> => this.state.keptThrough(nowMs);
      if (await this.backups.createIf(() => this.isDue(), wish, done)) await this.prune();
    } catch (error) {
      // Whoever is at work with the backups may just be making this one.
      if (error instanceof DomainError && error.code === 'backup_busy') return;
      log.error('The scheduled backup was not made; trying again in ten minutes', { error });
      await this.state.retryAt(this.clock.now() + RETRY_MS);
    }
  }

  private async isDue(): Promise<boolean> {
    const { scheduledThroughMs, retryAtMs } = await this.state.read();
    const nowMs = this.clock.now();
    return nowMs >= retryAtMs && nowMs >= (this.dueAfter(scheduledThroughMs) ?? Infinity);
  }

  /** The backup was made, whatever becomes of the old ones: the next one tries again. */
  private async prune(): Promise<void> {
    try {
      const deleted = await this.backups.prune(schedule);
      if (deleted.length > 0) log.info('Old backups were deleted', { deleted });
    } catch (error) {
      log.error('Old backups were not deleted; trying again after the next backup', { error });
    }
  }

  private dueAfter(timeMs: number): number | undefined {
    return this.cron?.nextRun(new Date(timeMs))?.getTime();
  }

  private async finding(): Promise<Finding> {
    const { lastSuccessAtMs, lastFailureAtMs, lastFailure, nextAtMs = Infinity } = await this.outlook();
    const nowMs = this.clock.now();
    const last = lastSuccessAtMs === 0 ? 'No backup yet' : `Last backup ${age(nowMs - lastSuccessAtMs)} ago`;
    if (lastFailureAtMs > lastSuccessAtMs)
      return { status: 'degraded', message: `${last}; the last attempt failed: ${lastFailure}` };
    if (nowMs > nextAtMs + LATE_MS) return { status: 'degraded', message: `${last}; the next one is late` };
    return { status: 'healthy', message: this.cron ? last : `${last}; no schedule` };
  }
}

function age(durationMs: number): string {
  const minutes = Math.round(Math.max(0, durationMs) / 60_000);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1_440)} days`;
}
