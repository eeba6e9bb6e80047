import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { LogLevelController } from './log-level.controller.js';
import { LogLevelService } from './log-level.service.js';
import { SharedLogLevel } from './shared-log-level.js';

/** The level of the log, changed for a while without a restart. */
@Module({ imports: [AuditModule], controllers: [LogLevelController], providers: [SharedLogLevel, LogLevelService] })
export class LogLevelModule {}
