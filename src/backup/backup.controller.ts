import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { actorOf, CurrentContext, RequirePermission, type RequestContext } from '../http/index.js';
import {
  BackupInfoView,
  BackupListView,
  BackupView,
  CreateBackupBody,
  DrillView,
  PruneView,
  RestorationView,
  VerificationView,
} from './backup.dto.js';
import { BackupSchedule } from './backup-schedule.js';
import { BackupService } from './backup.service.js';

@ApiTags('backup')
@Controller('api/backup')
@RequirePermission('admin.backup')
export class BackupController {
  constructor(
    private readonly backups: BackupService,
    private readonly schedule: BackupSchedule,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Backups in the folder of backups, newest first' })
  @ApiOkResponse({ type: BackupListView })
  async list(): Promise<BackupListView> {
    return { backups: (await this.backups.listBackups()).map((backup) => BackupView.of(backup)) };
  }

  @Get('info')
  @ApiOperation({ summary: 'The database, the schedule and what became of the last backups' })
  @ApiOkResponse({ type: BackupInfoView })
  async info(): Promise<BackupInfoView> {
    return BackupInfoView.of(await this.backups.info(), await this.schedule.outlook());
  }

  @Post()
  @ApiOperation({ summary: 'Makes a backup now and restores it to scratch to prove it; answers when that is done' })
  @ApiCreatedResponse({ type: BackupView })
  async create(@Body() body: CreateBackupBody, @CurrentContext() context: RequestContext): Promise<BackupView> {
    const { compress } = body;
    return BackupView.of(await this.backups.create({ trigger: 'manual', actor: actorOf(context), compress }));
  }

  @Post('prune')
  @HttpCode(200)
  @ApiOperation({ summary: 'Deletes backups that are older than the retention, but never the last good one' })
  @ApiOkResponse({ type: PruneView })
  async prune(@CurrentContext() context: RequestContext): Promise<PruneView> {
    return { deleted: await this.backups.prune(actorOf(context)) };
  }

  @Post(':id/verify')
  @HttpCode(200)
  @ApiOperation({ summary: 'Restores a backup to scratch and compares it with its manifest' })
  @ApiOkResponse({ type: VerificationView })
  async verify(@Param('id') id: string): Promise<VerificationView> {
    const { backup, drill } = await this.backups.verify(await this.backups.find(id));
    return { ok: true, backup: BackupView.of(backup), drill: DrillView.of(drill) };
  }

  @Post(':id/restore')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Replaces all records by those of a backup; what was there before is kept as another backup',
  })
  @ApiOkResponse({ type: RestorationView })
  async restore(@Param('id') id: string, @CurrentContext() context: RequestContext): Promise<RestorationView> {
    const { id: found } = await this.backups.find(id);
    return RestorationView.of(await this.backups.restore(found, { actor: actorOf(context) }));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Deletes a backup, but never the last good one' })
  @ApiNoContentResponse()
  async remove(@Param('id') id: string, @CurrentContext() context: RequestContext): Promise<void> {
    await this.backups.remove(id, actorOf(context));
  }
}
