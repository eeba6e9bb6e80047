import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentContext, Login } from './access.js';
import type { RequestContext } from './request-context.js';

@ApiTags('whoami')
@Controller('api/cloud/whoami')
export class AddressController {
  @Get('address')
  @Login()
  @ApiOperation({ summary: 'How the server sees the address of the caller, hop by hop' })
  address(@CurrentContext() context: RequestContext): object {
    return { ...context.client, is_local: context.isLocal, listener: context.listener };
  }
}
