export { AuditEntryEntity } from './audit-entry.entity.js';
export { AuditHeadEntity } from './audit-head.entity.js';
export { AuditLog, auditTypes, type AuditEvent, type AuditType } from './audit-log.js';
export { AuditModule } from './audit.module.js';
