import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { NextFunction, Request, Response } from 'express';
import { answerError, authenticationRequired, contextOf } from './http/index.js';
import { version } from './version.js';

/** The description of every route, made from the controllers. */
export function openApiDocument(app: NestExpressApplication): OpenAPIObject {
  const description = new DocumentBuilder()
    .setTitle('SimpleTuner Cloud Server')
    .setVersion(version)
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'api-key')
    .addBearerAuth()
    .build();
  return SwaggerModule.createDocument(app, description);
}

/** Serves the document and its page at /api/docs; it is made when first asked for, so that a start does not wait for it. */
export function serveOpenApi(app: NestExpressApplication): void {
  app.use('/api/docs', requireLogin);
  SwaggerModule.setup('api/docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'api/docs/openapi.json',
    raw: ['json'],
  });
}

/** These routes belong to no controller, so the guard of the controllers does not see them. */
function requireLogin(request: Request, response: Response, next: NextFunction): void {
  if (contextOf(request).caller.kind === 'anonymous') answerError(authenticationRequired(), request, response);
  else next();
}
