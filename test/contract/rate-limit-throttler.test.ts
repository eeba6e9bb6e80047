import 'reflect-metadata';
import { Controller, Get, Module, type DynamicModule, type INestApplication } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { Throttle, ThrottlerGuard, ThrottlerModule, type ThrottlerStorage } from '@nestjs/throttler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { openStateBackend, type StateBackend } from '#libs/state';
import { SlidingWindowThrottlerStorage } from '../../src/rate-limit/index.js';
import { stateDrivers } from './state-drivers.js';

@Controller('throttled')
class ThrottledController {
  @Get('often')
  often(): string {
    return 'here';
  }

  @Get('seldom')
  @Throttle({ default: { limit: 3, ttl: 60_000 } })
  seldom(): string {
    return 'here';
  }
}

@Module({})
class ThrottledModule {
  static with(storage: ThrottlerStorage): DynamicModule {
    return {
      module: ThrottledModule,
      imports: [ThrottlerModule.forRoot({ throttlers: [{ limit: 10, ttl: 60_000 }], storage })],
      controllers: [ThrottledController],
      providers: [{ provide: APP_GUARD, useClass: ThrottlerGuard }],
    };
  }
}

/** One worker of an application that knows nothing of this product but the storage. */
async function startWorker(backend: StateBackend): Promise<{ app: INestApplication; origin: string }> {
  const storage = new SlidingWindowThrottlerStorage(backend.window);
  const app = await NestFactory.create(ThrottledModule.with(storage), { logger: false });
  await app.listen(0, '127.0.0.1');
  return { app, origin: (await app.getUrl()).replace('[::1]', '127.0.0.1') };
}

// Memory is of one process, and so of one worker.
const shared = stateDrivers().filter(({ kind }) => kind !== 'memory');

describe.each(shared)('@Throttle() in two workers over $kind', (driver) => {
  const workers: { app: INestApplication; origin: string }[] = [];

  beforeAll(async () => {
    const place = await driver.place();
    for (let worker = 0; worker < 2; worker += 1) workers.push(await startWorker(await driver.open(place)));
  });
  afterAll(async () => {
    await Promise.all(workers.map(({ app }) => app.close()));
  });

  const ask = (path: string, times: number): Promise<Response[]> =>
    Promise.all(Array.from({ length: times }, (_, index) => fetch(`${workers[index % 2]!.origin}/throttled/${path}`)));

  it('holds the limit of the application across both', async () => {
    const responses = await ask('often', 24);
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(10);
    const refused = responses.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(14);
    for (const { headers } of refused) {
      const seconds = Number(headers.get('retry-after'));
      expect(seconds > 0 && seconds <= 60).toBe(true);
    }
  });

  it('holds the limit of a route across both, apart from the other', async () => {
    const responses = await ask('seldom', 8);
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(3);
    const left = responses
      .filter(({ status }) => status === 200)
      .map(({ headers }) => Number(headers.get('x-ratelimit-remaining')))
      .sort((a, b) => a - b);
    expect(left).toEqual([0, 1, 2]);
  });
});

describe('a throttler', () => {
  async function throttler(): Promise<{ clock: ManualClock; storage: SlidingWindowThrottlerStorage }> {
    const clock = new ManualClock();
    const options = { kind: 'memory', url: '', poolSize: 1, timeoutMs: 1, keyPrefix: '', clock } as const;
    return { clock, storage: new SlidingWindowThrottlerStorage((await openStateBackend(options)).window) };
  }

  it('frees a key as its window moves on; refusals do not prolong the block', async () => {
    const { clock, storage } = await throttler();
    const hit = () => storage.increment('k', 10_000, 2, 10_000, 'default');
    expect(await hit()).toEqual({ totalHits: 1, timeToExpire: 10, isBlocked: false, timeToBlockExpire: 0 });
    clock.advance(4_000);
    await hit();
    for (let refusal = 0; refusal < 5; refusal += 1) {
      expect(await hit()).toEqual({ totalHits: 3, timeToExpire: 6, isBlocked: true, timeToBlockExpire: 6 });
    }
    clock.advance(6_000);
    expect((await hit()).isBlocked).toBe(false);
    expect((await hit()).isBlocked).toBe(true);
  });

  it('keeps a key blocked for longer than its window where it is told to', async () => {
    const { clock, storage } = await throttler();
    const hit = () => storage.increment('k', 1_000, 1, 30_000, 'default');
    await hit();
    expect(await hit()).toMatchObject({ isBlocked: true, timeToBlockExpire: 30 });
    clock.advance(20_000);
    expect(await hit()).toMatchObject({ isBlocked: true, timeToBlockExpire: 10 });
    clock.advance(10_000);
    expect((await hit()).isBlocked).toBe(false);
  });

  it('lets nothing through where the limit is nothing', async () => {
    const { storage } = await throttler();
    expect((await storage.increment('k', 1_000, 0, 1_000, 'default')).isBlocked).toBe(true);
  });
});
