import { Controller, Get, Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import express from 'express';
import 'reflect-metadata';
import { AppModule } from '../../src/app.module.js';
import { loadConfig, type Config } from '../../src/config/index.js';
import { Listeners, Open, Pipeline } from '../../src/http/index.js';

/** A route that does nothing, so that what is measured is the way to it. */
@Controller('bench')
class NoopController {
  @Get('noop')
  @Open('a bench')
  noop(): object {
    return {};
  }
}

@Module({})
class NoopModule {
  static with(config: Config): DynamicModule {
    return { module: NoopModule, imports: [AppModule.with(config)], controllers: [NoopController] };
  }
}

/** The whole server with one more route; tells its starter where it listens, and ends with it. */
async function main(): Promise<void> {
  const adapter = new ExpressAdapter(express().disable('x-powered-by'));
  const app = await NestFactory.create<NestExpressApplication>(NoopModule.with(loadConfig()), adapter, {
    bodyParser: false,
    logger: false,
  });
  app.use(app.get(Pipeline).handle);
  await app.init();
  const listeners = app.get(Listeners);
  await listeners.start();
  process.send?.(listeners.origin('ops'));
}

// Whatever it is asked, it answers how much of the processor it has used, in microseconds.
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.on('disconnect', () => process.exit(0));
await main();
