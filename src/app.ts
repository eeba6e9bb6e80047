import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import express from 'express';
import { Lifecycle } from '#libs/worker';
import { AppModule, type AppOptions } from './app.module.js';
import type { Config } from './config/index.js';
import { Listeners, Pipeline } from './http/index.js';
import { logAsConfigured, NestLogger } from './logging.js';
import { serveOpenApi } from './openapi.js';

/** A server that has been put together; nothing listens and nothing works in the background until `start`. */
export interface Server {
  readonly app: NestExpressApplication;
  readonly listeners: Listeners;
  start(): Promise<void>;
  /** Drains, finishes requests in flight, stops the workers, closes the drivers. */
  stop(): Promise<void>;
}

/** Puts the server together: shared by main, the command line, the tests, and programs that embed it. */
export async function createServer(config: Config, options: AppOptions = {}): Promise<Server> {
  logAsConfigured(config);
  const instance = express().disable('x-powered-by');
  // The routes see the path exactly as it was sent; express must not trust or guess anything about proxies.
  instance.set('query parser', 'simple');
  // Rules for addresses compare them as they are; a route that another spelling reached would slip past them.
  instance.set('case sensitive routing', true);
  const module = AppModule.with(config, options);
  const app = await NestFactory.create<NestExpressApplication>(module, new ExpressAdapter(instance), {
    bodyParser: false,
    logger: new NestLogger(),
    abortOnError: false,
  });
  app.use(app.get(Pipeline).handle);
  serveOpenApi(app);
  await app.init();
  const lifecycle = app.get(Lifecycle);
  const listeners = app.get(Listeners);
  return {
    app,
    listeners,
    start: async () => {
      await listeners.start();
      await lifecycle.start();
    },
    stop: async () => {
      await listeners.stop();
      await lifecycle.stop();
      await app.close();
    },
  };
}
