import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { AuditLog } from '../audit/index.js';
import { Config } from '../config/index.js';
import { Database } from '../database/index.js';
import type { Actor } from '../http/index.js';
import { LogLevelView, type LevelName } from './log-level.dto.js';
import { SharedLogLevel } from './shared-log-level.js';

const MINUTE_MS = 60_000;

@Injectable()
export class LogLevelService {
  constructor(
    private readonly shared: SharedLogLevel,
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  view(): LogLevelView {
    return LogLevelView.of(this.shared.current, this.config.settings.logLevel);
  }

  /** Logs at `level` for so many minutes in every process; the configured level ends an override at once. */
  async change(level: LevelName, minutes: number, actor: Actor): Promise<LogLevelView> {
    const expiresAtMs = this.clock.now() + minutes * MINUTE_MS;
    const override = level === this.config.settings.logLevel ? undefined : { level, expiresAtMs };
    await this.database.transaction(() =>
      this.audit.record({
        type: 'config.changed',
        actor,
        targetType: 'setting',
        targetId: 'SIMPLETUNER_LOG_LEVEL',
        details: { level, minutes: override ? minutes : null },
      }),
    );
    await this.shared.change(override);
    return this.view();
  }
}
