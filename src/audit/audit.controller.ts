import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../http/index.js';
import { AuditPageView, AuditQuery, AuditVerificationView } from './audit.dto.js';
import { AuditReader } from './audit-reader.js';
import { auditTypes } from './audit-log.js';

@ApiTags('audit')
@Controller('api/audit')
@RequirePermission('admin.audit')
export class AuditController {
  constructor(private readonly reader: AuditReader) {}

  @Get()
  @ApiOperation({ summary: 'The audit log, newest first' })
  @ApiOkResponse({ type: AuditPageView })
  list(@Query() query: AuditQuery): Promise<AuditPageView> {
    return this.reader.list(query);
  }

  @Get('types')
  @ApiOperation({ summary: 'Every type of event' })
  types(): { types: readonly string[] } {
    return { types: auditTypes };
  }

  @Get('stats')
  @ApiOperation({ summary: 'How many rows there are, in all and by type' })
  stats(): Promise<object> {
    return this.reader.stats();
  }

  @Get('verify')
  @ApiOperation({ summary: 'Re-computes the whole chain and names the first row that is not as it was written' })
  @ApiOkResponse({ type: AuditVerificationView })
  verify(): Promise<AuditVerificationView> {
    return this.reader.verify();
  }
}
