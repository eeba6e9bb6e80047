import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { Lifecycle } from '#libs/worker';
import { AccessGuard } from './access.guard.js';
import { AccessLog } from './access-log.js';
import { AddressController } from './address.controller.js';
import { ErrorFilter } from './error-filter.js';
import { Listeners } from './listeners.js';
import { Pipeline } from './pipeline.js';
import { ProbeCallers } from './probe-callers.js';
import { PublicCertificate } from './public-certificate.js';
import { RouteTemplates } from './route-templates.js';
import { validationPipe } from './validation.js';

@Global()
@Module({
  controllers: [AddressController],
  providers: [
    AccessLog,
    RouteTemplates,
    Lifecycle,
    Listeners,
    Pipeline,
    ProbeCallers,
    PublicCertificate,
    { provide: APP_FILTER, useClass: ErrorFilter },
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_PIPE, useFactory: validationPipe },
  ],
  exports: [RouteTemplates, Lifecycle, Listeners, Pipeline, PublicCertificate],
})
export class HttpModule {}
