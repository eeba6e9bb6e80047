import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Clock } from '#libs/clock';
import { CurrentCaller, RequirePermission, type Caller } from '../../http/index.js';
import { jobNotFound } from '../../jobs/index.js';
import { FileAccess } from './file-access.js';
import { ArchiveQuery, FilePageView, FilesQuery, LinkBody, LinkView } from './files.dto.js';
import { readerGone, sendJson, sendStream } from './long-answer.js';

/** Ids of jobs are UUIDs; anything else is no job. */
const jobId = new ParseUUIDPipe({ exceptionFactory: jobNotFound });

/** What a job has stored, for people: the pages of its files, its manifest, links and the whole of it. */
@ApiTags('files')
@Controller('api/cloud/jobs')
@RequirePermission('job.view.own', 'job.view.all')
export class FilesController {
  constructor(
    private readonly access: FileAccess,
    private readonly clock: Clock,
  ) {}

  @Get(':id/files')
  @ApiOperation({ summary: 'The files that a job has stored, in the byte order of their keys' })
  @ApiOkResponse({ type: FilePageView })
  async list(@Param('id', jobId) id: string, @Query() query: FilesQuery, @CurrentCaller() caller: Caller) {
    const { prefix, delimiter, limit, cursor } = query;
    return FilePageView.of(id, await this.access.page(id, { prefix, delimiter, limit, cursor }, caller));
  }

  @Post(':id/files/*key/url')
  @HttpCode(200)
  @ApiOperation({ summary: 'A link with which anybody can fetch the file for a while' })
  @ApiParam({ name: 'key', type: String })
  @ApiOkResponse({ type: LinkView })
  async link(
    @Param('id', jobId) id: string,
    @Param('key') segments: string[],
    @Body() body: LinkBody,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
  ): Promise<LinkView> {
    const { expires_in_seconds: seconds, attachment: isAttachment } = body;
    const wish = { key: segments.join('/'), seconds, isAttachment };
    const { url, expiresAtMs } = await this.access.link(id, wish, caller, request);
    return { url, expires_at: new Date(expiresAtMs).toISOString() };
  }

  @Get(':id/manifest')
  @ApiOperation({ summary: 'Every file with its size and digests, signed with the key of the server' })
  async manifest(@Param('id', jobId) id: string, @CurrentCaller() caller: Caller, @Res() response: Response) {
    const pieces = await this.access.manifest(id, caller);
    const headers = { 'Content-Disposition': `attachment; filename="${id}.manifest.json"` };
    await sendJson(response, pieces, this.clock, headers);
  }

  @Post([':id/manifest/verify', ':id/verify'])
  @HttpCode(200)
  @ApiOperation({
    summary: 'Re-reads every byte that a job has stored and says of each file whether it is what arrived',
  })
  async verify(@Param('id', jobId) id: string, @CurrentCaller() caller: Caller, @Res() response: Response) {
    await this.access.verify(id, caller, readerGone(response), (pieces) => sendJson(response, pieces, this.clock));
  }

  @Get(':id/archive')
  @ApiProduces('application/zip')
  @ApiOperation({ summary: 'The files of a job as one ZIP archive, made while it is sent' })
  async archive(
    @Param('id', jobId) id: string,
    @Query() { prefix }: ArchiveQuery,
    @CurrentCaller() caller: Caller,
    @Res() response: Response,
  ) {
    await this.access.archive(id, prefix, caller, async (archive) => {
      response.writeHead(200, {
        'Content-Type': 'application/zip',
        'Content-Disposition': `attachment; filename="${id}.zip"`,
        'Cache-Control': 'no-store',
      });
      await sendStream(response, archive);
    });
  }
}
