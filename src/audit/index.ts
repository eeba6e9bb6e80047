export { AuditLog, auditTypes, type AuditEvent, type AuditType } from './audit-log.js';
export { AuditModule } from './audit.module.js';
