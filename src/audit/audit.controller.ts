import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { RequirePermission } from '../http/index.js';
import { AuditExport } from './audit-export.js';
import { auditTypes } from './audit-log.js';
import { AuditReader, filterOf } from './audit-reader.js';
import { AuditVerifier } from './audit-verifier.js';
import {
  AuditPageView,
  AuditQuery,
  AuditStatsView,
  AuditTypesView,
  CheckpointPageView,
  CheckpointQuery,
  ExportQuery,
  VerifyQuery,
} from './audit.dto.js';
import { sendFile } from './send-file.js';
import { AuditVerificationView } from './verification.dto.js';

@ApiTags('audit')
@Controller('api/audit')
@RequirePermission('admin.audit')
export class AuditController {
  constructor(
    private readonly reader: AuditReader,
    private readonly verifier: AuditVerifier,
    private readonly exporter: AuditExport,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The audit log, newest first' })
  @ApiOkResponse({ type: AuditPageView })
  list(@Query() query: AuditQuery): Promise<AuditPageView> {
    return this.reader.list(query);
  }

  @Get('types')
  @ApiOperation({ summary: 'Every type of event' })
  @ApiOkResponse({ type: AuditTypesView })
  types(): AuditTypesView {
    return { types: auditTypes };
  }

  @Get('stats')
  @ApiOperation({ summary: 'How many rows there are, in all, of the last day and by type' })
  @ApiOkResponse({ type: AuditStatsView })
  stats(): Promise<AuditStatsView> {
    return this.reader.stats();
  }

  @Get('verify')
  @ApiOperation({
    summary: 'Re-computes the chain, or a part of it, and names the first row that is not as it was written',
  })
  @ApiOkResponse({ type: AuditVerificationView })
  async verify(@Query() query: VerifyQuery): Promise<AuditVerificationView> {
    return AuditVerificationView.of(await this.verifier.verify(query));
  }

  @Get('checkpoints')
  @ApiOperation({ summary: 'Signed checkpoints, newest first, and the public keys to check them with' })
  @ApiOkResponse({ type: CheckpointPageView })
  checkpoints(@Query() query: CheckpointQuery): Promise<CheckpointPageView> {
    return this.reader.checkpoints(query);
  }

  @Get('export')
  @ApiProduces('application/x-ndjson', 'text/csv')
  @ApiOperation({ summary: 'The rows as a file: JSONL that `simpletuner-cloud audit verify` can prove, or CSV' })
  async export(@Query() query: ExportQuery, @Res() response: Response): Promise<void> {
    const { format, from, to } = query;
    await sendFile(await this.exporter.open({ format, from, to, filter: filterOf(query) }), response);
  }
}
