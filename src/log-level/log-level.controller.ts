import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { actorOf, CurrentContext, RequirePermission, type RequestContext } from '../http/index.js';
import { LogLevelBody, LogLevelView } from './log-level.dto.js';
import { LogLevelService } from './log-level.service.js';

@ApiTags('logs')
@Controller('api/cloud/log-level')
@RequirePermission('admin.config')
export class LogLevelController {
  constructor(private readonly levels: LogLevelService) {}

  @Get()
  @ApiOperation({ summary: 'The level of the log, and when it returns to the configured one' })
  @ApiOkResponse({ type: LogLevelView })
  view(): LogLevelView {
    return this.levels.view();
  }

  @Put()
  @ApiOperation({ summary: 'Log at another level for a while, in every process; it returns by itself' })
  @ApiOkResponse({ type: LogLevelView })
  change(@Body() body: LogLevelBody, @CurrentContext() context: RequestContext): Promise<LogLevelView> {
    return this.levels.change(body.level, body.minutes, actorOf(context));
  }
}
