import { Global, Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { CallerResolver } from '../http/index.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { ApiKeyService } from './api-key.service.js';
import { AuthController } from './auth.controller.js';
import { SingleUserCallers } from './callers.js';
import { SqlApiKeyRepository } from './drivers/sql-api-key.repository.js';

/** Global because the platform's pipeline asks it who is calling. */
@Global()
@Module({
  imports: [AuditModule],
  controllers: [AuthController],
  providers: [
    ApiKeyService,
    { provide: ApiKeyRepository, useClass: SqlApiKeyRepository },
    { provide: CallerResolver, useClass: SingleUserCallers },
  ],
  exports: [CallerResolver],
})
export class AuthModule {}
