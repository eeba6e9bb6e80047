import { Body, Controller, Get, Headers, Param, Patch, Put, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { actorOf, CurrentContext, RequirePermission, type RequestContext } from '../http/index.js';
import { entityTagOf, versionsIn } from './entity-tag.js';
import type { DescribedSettings } from './provider-settings.js';
import type { SettingsChange } from './provider-settings.service.js';
import { changeSchema, ProviderSettingsView, ProvidersView, ProviderView, ValidationView } from './providers.dto.js';
import { changeOf, ProvidersService } from './providers.service.js';

const IF_MATCH = { name: 'If-Match', required: false, description: 'the ETag that was read; 412 when it is outdated' };

@ApiTags('providers')
@Controller('api/cloud/providers')
export class ProvidersController {
  constructor(private readonly providers: ProvidersService) {}

  @Get()
  @RequirePermission('config.view')
  @ApiOperation({ summary: 'The providers of training runs, what they can do and on what hardware' })
  @ApiOkResponse({ type: ProvidersView })
  async list(): Promise<ProvidersView> {
    return { providers: (await this.providers.list()).map((provider) => ProviderView.of(provider)) };
  }

  @Get([':provider', ':provider/config'])
  @RequirePermission('config.view')
  @ApiOperation({ summary: 'The settings of a provider, and where each of them came from' })
  @ApiOkResponse({ type: ProviderSettingsView })
  async read(
    @Param('provider') provider: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ProviderSettingsView> {
    return answer(await this.providers.read(provider), response);
  }

  @Put([':provider', ':provider/config'])
  @RequirePermission('admin.config')
  @ApiOperation({ summary: 'Change settings: what is absent or null stays as it is, "" clears it' })
  @ApiHeader(IF_MATCH)
  @ApiBody({ schema: changeSchema(false) })
  @ApiOkResponse({ type: ProviderSettingsView })
  async change(
    @Param('provider') provider: string,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentContext() context: RequestContext,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ProviderSettingsView> {
    return answer(await this.providers.change(wishOf(provider, body, ifMatch, context)), response);
  }

  @Get(':provider/advanced')
  @RequirePermission('config.view')
  @ApiOperation({ summary: 'The settings of the Advanced Configuration' })
  @ApiOkResponse({ type: ProviderSettingsView })
  async readAdvanced(
    @Param('provider') provider: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ProviderSettingsView> {
    return answer(await this.providers.readAdvanced(provider), response);
  }

  @Patch(':provider/advanced')
  @RequirePermission('admin.config')
  @ApiOperation({ summary: 'Change settings of the Advanced Configuration' })
  @ApiHeader(IF_MATCH)
  @ApiBody({ schema: changeSchema(true) })
  @ApiOkResponse({ type: ProviderSettingsView })
  async changeAdvanced(
    @Param('provider') provider: string,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @CurrentContext() context: RequestContext,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ProviderSettingsView> {
    return answer(await this.providers.changeAdvanced(wishOf(provider, body, ifMatch, context)), response);
  }

  @Get(':provider/validate')
  @RequirePermission('config.view')
  @ApiOperation({ summary: 'Whether a job could be given to the provider now' })
  @ApiOkResponse({ type: ValidationView })
  async validate(@Param('provider') provider: string): Promise<ValidationView> {
    return ValidationView.of(provider, await this.providers.validate(provider));
  }
}

function wishOf(provider: string, body: unknown, ifMatch: string | undefined, context: RequestContext): SettingsChange {
  return { provider, change: changeOf(body), ifVersions: versionsIn(ifMatch), actor: actorOf(context) };
}

function answer(described: DescribedSettings, response: Response): ProviderSettingsView {
  response.setHeader('ETag', entityTagOf(described.version));
  return ProviderSettingsView.of(described);
}
