import { createHmac } from 'node:crypto';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SecretChain } from '#libs/secrets';
import { Keyring } from '../config/index.js';
import { RequirePermission } from '../http/index.js';
import { SecretSourceView, SecretsView, SecretView } from './secrets.dto.js';

const FINGERPRINT_LENGTH = 16;

@ApiTags('secrets')
@Controller('api/cloud/secrets')
export class SecretsController {
  constructor(
    private readonly chain: SecretChain,
    private readonly keyring: Keyring,
  ) {}

  @Get()
  @RequirePermission('admin.secrets')
  @ApiOperation({ summary: 'Which secrets there are and where they come from; never a value' })
  @ApiOkResponse({ type: SecretsView })
  async list(): Promise<SecretsView> {
    const key = this.keyring.derive('secret-fingerprint');
    const secrets = await this.chain.describe((value) =>
      createHmac('sha256', key).update(value).digest('hex').slice(0, FINGERPRINT_LENGTH),
    );
    return {
      secrets: secrets.map((secret) => SecretView.of(secret)),
      sources: this.chain.states().map((state) => SecretSourceView.of(state)),
    };
  }
}
