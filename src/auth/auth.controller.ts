import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  actorOf,
  CurrentCaller,
  CurrentContext,
  Login,
  RequirePermission,
  type Caller,
  type RequestContext,
} from '../http/index.js';
import { ApiKeyService } from './api-key.service.js';
import { ApiKeysView, ApiKeyView, CreateApiKeyBody, CreatedApiKeyView, MeView } from './auth.dto.js';

@ApiTags('auth')
@Controller('api')
export class AuthController {
  constructor(private readonly keys: ApiKeyService) {}

  @Get('users/me')
  @Login()
  @ApiOperation({ summary: 'Who you are to the server, and what you may do' })
  @ApiOkResponse({ type: MeView })
  me(@CurrentCaller() caller: Caller): MeView {
    return MeView.of(caller);
  }

  @Post('auth/api-keys')
  @RequirePermission('api.keys.own')
  @ApiOperation({ summary: 'Make an API key; its text is in this answer and never again' })
  @ApiCreatedResponse({ type: CreatedApiKeyView })
  async create(@Body() body: CreateApiKeyBody, @CurrentContext() context: RequestContext): Promise<CreatedApiKeyView> {
    const wish = { name: body.name, scopes: body.scopes, expiresInDays: body.expires_in_days };
    const { key, text } = await this.keys.create(wish, context.caller, actorOf(context));
    return CreatedApiKeyView.withText(key, text);
  }

  @Get('auth/api-keys')
  @RequirePermission('api.keys.own')
  @ApiOperation({ summary: 'Your API keys, newest first' })
  @ApiOkResponse({ type: ApiKeysView })
  async list(@CurrentCaller() caller: Caller): Promise<ApiKeysView> {
    return { api_keys: (await this.keys.list(caller)).map((key) => ApiKeyView.of(key)) };
  }

  @Delete('auth/api-keys/:id')
  @HttpCode(204)
  @RequirePermission('api.keys.own')
  @ApiOperation({ summary: 'End an API key at once' })
  revoke(@Param('id') id: string, @CurrentContext() context: RequestContext): Promise<void> {
    return this.keys.revoke(id, context.caller, actorOf(context));
  }
}
