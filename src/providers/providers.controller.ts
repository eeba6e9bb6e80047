import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '../http/index.js';
import { ConnectionTest } from './connection-test.js';
import { ProviderTokens } from './provider-tokens.js';
import {
  changeSchema,
  ConnectionView,
  ProviderSettingsView,
  ProvidersView,
  ProviderView,
  TokenBody,
  TokenView,
  ValidationView,
} from './providers.dto.js';
import { changeOf, ProvidersService } from './providers.service.js';
import { CurrentWish, tagWithVersion, type Wish } from './wish.js';

const IF_MATCH = { name: 'If-Match', required: false, description: 'the ETag that was read; 412 when it is outdated' };
const PROVIDER = { name: 'provider', example: 'replicate' };

@ApiTags('providers')
@Controller('api/cloud/providers')
export class ProvidersController {
  constructor(
    private readonly providers: ProvidersService,
    private readonly tokens: ProviderTokens,
    private readonly connection: ConnectionTest,
  ) {}

  @Get()
  @RequirePermission('config.view')
  @ApiOperation({ summary: 'The providers of training runs, what they can do and on what hardware' })
  @ApiOkResponse({ type: ProvidersView })
  async list(): Promise<ProvidersView> {
    return { providers: (await this.providers.list()).map((provider) => ProviderView.of(provider)) };
  }

  @Get([':provider', ':provider/config'])
  @RequirePermission('config.view')
  @UseInterceptors(tagWithVersion)
  @ApiOperation({ summary: 'The settings of a provider, and where each of them came from' })
  @ApiOkResponse({ type: ProviderSettingsView })
  async read(@Param('provider') provider: string): Promise<ProviderSettingsView> {
    return ProviderSettingsView.of(await this.providers.read(provider));
  }

  @Put([':provider', ':provider/config'])
  @RequirePermission('admin.config')
  @UseInterceptors(tagWithVersion)
  @ApiOperation({ summary: 'Change settings: what is absent or null stays as it is, "" clears it' })
  @ApiParam(PROVIDER)
  @ApiHeader(IF_MATCH)
  @ApiBody({ schema: changeSchema(false) })
  @ApiOkResponse({ type: ProviderSettingsView })
  async change(@CurrentWish() wish: Wish, @Body() body: unknown): Promise<ProviderSettingsView> {
    return ProviderSettingsView.of(await this.providers.change({ ...wish, change: changeOf(body) }));
  }

  @Get(':provider/advanced')
  @RequirePermission('config.view')
  @UseInterceptors(tagWithVersion)
  @ApiOperation({ summary: 'The settings of the Advanced Configuration' })
  @ApiOkResponse({ type: ProviderSettingsView })
  async readAdvanced(@Param('provider') provider: string): Promise<ProviderSettingsView> {
    return ProviderSettingsView.of(await this.providers.readAdvanced(provider));
  }

  @Patch(':provider/advanced')
  @RequirePermission('admin.config')
  @UseInterceptors(tagWithVersion)
  @ApiOperation({ summary: 'Change settings of the Advanced Configuration' })
  @ApiParam(PROVIDER)
  @ApiHeader(IF_MATCH)
  @ApiBody({ schema: changeSchema(true) })
  @ApiOkResponse({ type: ProviderSettingsView })
  async changeAdvanced(@CurrentWish() wish: Wish, @Body() body: unknown): Promise<ProviderSettingsView> {
    return ProviderSettingsView.of(await this.providers.changeAdvanced({ ...wish, change: changeOf(body) }));
  }

  @Get(':provider/validate')
  @RequirePermission('config.view')
  @ApiOperation({ summary: 'Whether a job could be given to the provider now' })
  @ApiOkResponse({ type: ValidationView })
  async validate(@Param('provider') provider: string): Promise<ValidationView> {
    return ValidationView.of(provider, await this.providers.validate(provider));
  }

  @Post(':provider/test-connection')
  @HttpCode(200)
  @RequirePermission('admin.config')
  @ApiOperation({ summary: 'Try the way to the provider, with settings that need not be stored, and tell each step' })
  @ApiBody({ schema: changeSchema(false), required: false })
  @ApiOkResponse({ type: ConnectionView })
  async testConnection(@Param('provider') provider: string, @Body() body: unknown): Promise<ConnectionView> {
    return ConnectionView.of(await this.connection.run(provider, changeOf(body ?? {})));
  }

  @Put(':provider/token')
  @RequirePermission('admin.secrets')
  @UseInterceptors(tagWithVersion)
  @ApiOperation({ summary: 'Store the API token in the secrets file; it is never shown again' })
  @ApiParam(PROVIDER)
  @ApiHeader(IF_MATCH)
  @ApiOkResponse({ type: TokenView })
  async setToken(@CurrentWish() wish: Wish, @Body() { token }: TokenBody): Promise<TokenView> {
    return TokenView.of(await this.tokens.set(wish, token));
  }

  @Delete(':provider/token')
  @RequirePermission('admin.secrets')
  @UseInterceptors(tagWithVersion)
  @ApiOperation({ summary: 'Remove the API token from the secrets file' })
  @ApiParam(PROVIDER)
  @ApiHeader(IF_MATCH)
  @ApiOkResponse({ type: TokenView })
  async removeToken(@CurrentWish() wish: Wish): Promise<TokenView> {
    return TokenView.of(await this.tokens.remove(wish));
  }
}
