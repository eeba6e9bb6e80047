export { AuditCopies, type AuditCopy } from './audit-copies.js';
export { AuditLog, auditTypes, type AuditEvent, type AuditType } from './audit-log.js';
export { AuditModule } from './audit.module.js';
