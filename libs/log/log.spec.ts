import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../clock/index.js';
import {
  closeLogs,
  configureLogging,
  currentCorrelationId,
  getLogger,
  pinoLogger,
  setLogLevel,
  withLogContext,
  type LoggingOptions,
} from './index.js';

interface Line {
  level: string;
  logger: string;
  message: string;
  correlation_id: string | null;
  source: { file: string; line: number; function: string };
  extra: Record<string, unknown>;
}

let clock: ManualClock;
let written: string[];
const lines = (): Line[] => written.map((line) => JSON.parse(line) as Line);
const last = (): Line => lines().at(-1) as Line;
const configure = (options: LoggingOptions = {}): void =>
  configureLogging({ clock, output: (line) => written.push(line), ...options });

beforeEach(() => {
  clock = new ManualClock(Date.UTC(2024, 0, 15, 10, 30));
  written = [];
  configure();
});
afterEach(() => closeLogs());

describe('a line', () => {
  it("is the operations guide's, member by member and in its order", () => {
    function submitJob(): void {
      withLogContext({ correlation_id: 'abc123def456' }, () => {
        getLogger('jobs').info('Job submitted', { job_id: 'xyz789', provider: 'replicate' });
      });
    }
    submitJob();
    expect(written[0]).toMatch(
      /^\{"timestamp":"2024-01-15T10:30:00\.000Z","level":"INFO","logger":"simpletuner\.cloud\.jobs","message":"Job submitted","correlation_id":"abc123def456","source":\{"file":"log\.spec\.ts","line":\d+,"function":"[^"]*"\},"extra":\{"job_id":"xyz789","provider":"replicate"\}\}\n$/,
    );
  });

  it('names the function that logged', () => {
    function cancelJob(): void {
      getLogger('jobs').warning('Cancelled');
    }
    cancelJob();
    expect(last().source.function).toBe('cancelJob');
    expect(last().correlation_id).toBeNull();
  });

  it('follows a change of level at once, in every logger made before', () => {
    const logger = getLogger('jobs');
    const foreign = pinoLogger('http');
    logger.debug('1');
    foreign.debug('2');
    setLogLevel('DEBUG');
    logger.debug('3');
    foreign.debug('4');
    setLogLevel('ERROR');
    logger.warning('5');
    foreign.warn('6');
    logger.error('7');
    expect(lines().map((line) => line.level + line.message)).toEqual(['DEBUG3', 'DEBUG4', 'ERROR7']);
  });

  it('is for people in text format, and one line whatever the message holds', () => {
    configure({ json: false });
    getLogger('jobs').info('fine\n2024 ERROR forged \u001b[31m', { job_id: 'a b' });
    expect(written[0]).toMatch(
      /^2024-01-15T10:30:00\.000Z INFO {4}simpletuner\.cloud\.jobs fine\\n2024 ERROR forged \\u001b\[31m job_id="a b" \(log\.spec\.ts:\d+ .*\)\n$/,
    );
    getLogger('jobs').error('broken', new Error('why'));
    expect(written[1]).toMatch(/error=\{"name":"Error","message":"why"\}.*\n {4}Error: why\n {8}at /);
  });
});

describe('what comes through pino from a library', () => {
  it('becomes the same line with context, bindings and serializers', () => {
    const logger = pinoLogger('http').child({ route: '/jobs' }, { serializers: { req: () => ({ method: 'GET' }) } });
    withLogContext({ correlation_id: 'id-1', job_id: 'j' }, () =>
      logger.warn({ req: { secret: 1 }, err: new Error('x') }, 'done'),
    );
    expect(last()).toMatchObject({
      level: 'WARNING',
      logger: 'simpletuner.cloud.http',
      message: 'done',
      correlation_id: 'id-1',
      source: { file: 'log.spec.ts' },
      extra: { job_id: 'j', route: '/jobs', req: { method: 'GET' }, err: { name: 'Error', message: 'x' } },
    });
  });
});

describe('context', () => {
  it('nests, the inner field winning, and ends with its function', () => {
    const logger = getLogger('jobs');
    withLogContext({ job_id: 'a', step: 1 }, () => {
      withLogContext({ step: 2, correlation_id: 'c' }, () => logger.info('inner', { attempt: 3 }));
      logger.info('outer');
    });
    logger.info('outside');
    expect(lines().map((line) => line.extra)).toEqual([
      { job_id: 'a', step: 2, attempt: 3 },
      { job_id: 'a', step: 1 },
      {},
    ]);
    expect(currentCorrelationId()).toBeUndefined();
  });

  it('never leaks between requests that run at the same time', async () => {
    const request = fc.record({ turns: fc.integer({ min: 0, max: 6 }), nested: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 2, maxLength: 12 }), async (requests) => {
        written = [];
        const logger = getLogger('http');
        const handle = async (id: string, turns: number, nested: boolean): Promise<void> => {
          for (let turn = 0; turn < turns; turn += 1) {
            await Promise.resolve();
            if (turn % 2) await new Promise<void>((resolve) => setImmediate(resolve));
            logger.info(id, { said: id });
          }
          if (nested) await withLogContext({ inner: id }, () => handle(id, turns, false));
        };
        await Promise.all(
          requests.map(({ turns, nested }, index) =>
            withLogContext({ correlation_id: `r${index}`, job_id: `r${index}` }, () =>
              handle(`r${index}`, turns, nested),
            ),
          ),
        );
        for (const line of lines()) {
          expect(line).toMatchObject({ correlation_id: line.message, extra: { job_id: line.message } });
          expect(line.extra.inner ?? line.message).toBe(line.message);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('repeated warnings', () => {
  const storm = (count: number, message = 'Retrying'): void => {
    for (let turn = 0; turn < count; turn += 1) getLogger('jobs').warning(message, { turn });
  };

  it('are written ten times a minute and then summed up, with the same source and no context', () => {
    withLogContext({ correlation_id: 'first', job_id: 'j' }, () => storm(25));
    expect(written).toHaveLength(10);
    clock.advance(60_000);
    expect(written).toHaveLength(11);
    expect(last()).toMatchObject({
      level: 'WARNING',
      message: 'Repeated 15 more times: Retrying',
      correlation_id: null,
      source: lines()[0]?.source,
      extra: { repeated: 15 },
    });
    expect(last().extra).not.toHaveProperty('job_id');
    storm(1);
    expect(last().message).toBe('Retrying');
  });

  it('of different kinds, and errors, do not hold each other back', () => {
    storm(10);
    storm(10, 'Other');
    for (let turn = 0; turn < 20; turn += 1) getLogger('jobs').error('Broken');
    expect(written).toHaveLength(40);
  });

  it('lose no count at shutdown, and remember a bounded number of kinds', () => {
    configure({ sampling: { repeatsMax: 1, kindsMax: 2 } });
    for (const message of ['a', 'b', 'c', 'a', 'b', 'c']) storm(1, message);
    expect(lines().map((line) => line.message)).toEqual(['a', 'b', 'c', 'c']);
    closeLogs();
    expect(
      lines()
        .slice(4)
        .map((line) => line.message),
    ).toEqual(['Repeated 1 more times: a', 'Repeated 1 more times: b']);
  });
});
