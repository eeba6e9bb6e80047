export type { Backup, DatabaseInfo, Drill, Manifest } from './backup.js';
export { BackupModule } from './backup.module.js';
export { BackupSchedule } from './backup-schedule.js';
export { BackupService } from './backup.service.js';
export { openBackups, type OpenedBackups, type Purpose } from './open-backups.js';
export type { Restoration } from './restorer.js';
