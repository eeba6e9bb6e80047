import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { CurrentCaller, RequirePermission, type Caller } from '../http/index.js';
import { EventStreams } from './event-streams.js';

@ApiTags('events')
@Controller('api/events')
export class EventsController {
  constructor(private readonly streams: EventStreams) {}

  @Get(['stream', '/'])
  @RequirePermission('job.view.own', 'job.view.all')
  @ApiProduces('text/event-stream')
  @ApiOperation({ summary: 'Live events as server-sent events; Last-Event-ID resumes' })
  stream(@Req() request: Request, @Res() response: Response, @CurrentCaller() caller: Caller): Promise<void> {
    return this.streams.open(request, response, caller);
  }
}
