import { Injectable } from '@nestjs/common';
import { Clock, SharedAnswers } from '#libs/clock';
import { getLogger } from '#libs/log';

export type ComponentStatus = 'healthy' | 'degraded' | 'unhealthy';

/** What a check found; the message is for operators and holds no secret. */
export interface Finding {
  readonly status: ComponentStatus;
  readonly message: string;
}

export interface Component extends Finding {
  readonly name: string;
  readonly latency_ms?: number;
}

export interface CheckOptions {
  /** An unhealthy result makes the server not ready: traffic should go elsewhere. */
  readonly isNeededToServe?: boolean;
  /** Asked only when the caller wants providers to be checked. */
  readonly isProvider?: boolean;
  readonly timeoutMs?: number;
}

interface Check extends Required<CheckOptions> {
  readonly name: string;
  readonly run: () => Promise<Finding>;
  /** The last question, while it has not been answered. */
  pending?: { readonly answer: Promise<Finding>; readonly askedMs: number } | undefined;
}

const CHECK_TIMEOUT_MS = 2_000;
/** A storm of probes costs each dependency one question a second. */
const CACHE_MS = 1_000;
/** A question that is not answered by then is taken for lost: where packets were dropped, its answer may never come. */
const LOST_MS = 30_000;

const log = getLogger('health');

/** Gathers what features say of their health; knows none of them. */
@Injectable()
export class HealthRegistry {
  private readonly checks: Check[] = [];
  private readonly answers: SharedAnswers<Component>;

  constructor(private readonly clock: Clock) {
    this.answers = new SharedAnswers(clock, { keptMs: CACHE_MS, questionsMax: Infinity });
  }

  /** Adds a component; `run` may throw, which counts as unhealthy. */
  add(name: string, run: () => Promise<Finding>, options: CheckOptions = {}): void {
    this.checks.push({ name, run, isNeededToServe: false, isProvider: false, timeoutMs: CHECK_TIMEOUT_MS, ...options });
  }

  /** The components that are always asked, providers apart. */
  get componentNames(): readonly string[] {
    return this.checks.filter((check) => !check.isProvider).map(({ name }) => name);
  }

  /** Every component's state, at most one second old. */
  components(includeProviders: boolean): Promise<Component[]> {
    return Promise.all(
      this.checks.filter((check) => includeProviders || !check.isProvider).map((check) => this.ask(check)),
    );
  }

  /** Messages of the components without which the server cannot serve and which are unhealthy now. */
  async obstacles(): Promise<string[]> {
    const needed = await Promise.all(
      this.checks.filter((check) => check.isNeededToServe).map((check) => this.ask(check)),
    );
    return needed
      .filter((component) => component.status === 'unhealthy')
      .map((component) => `${component.name}: ${component.message}`);
  }

  private ask(check: Check): Promise<Component> {
    return this.answers.ask(check.name, () => this.examine(check)) as Promise<Component>;
  }

  private async examine(check: Check): Promise<Component> {
    const startMs = this.clock.monotonicMs();
    const finding = await this.withTimeout(check);
    return { name: check.name, ...finding, latency_ms: Math.round((this.clock.monotonicMs() - startMs) * 10) / 10 };
  }

  private async withTimeout(check: Check): Promise<Finding> {
    const done = new AbortController();
    const timeout = this.clock
      .sleep(check.timeoutMs, done.signal)
      .then((): Finding => ({ status: 'unhealthy', message: `No answer within ${check.timeoutMs} ms` }));
    const finding = await Promise.race([this.answerOf(check), timeout]);
    done.abort();
    return finding;
  }

  /**
   * What hangs is not asked a second time before its question counts as lost: a frozen server would end up at once with every
   * connection of the pool waiting for it, a frozen disk with every thread that could serve others.
   */
  private answerOf(check: Check): Promise<Finding> {
    const askedMs = this.clock.monotonicMs();
    if (check.pending && askedMs - check.pending.askedMs < LOST_MS) return check.pending.answer;
    const pending = { answer: this.question(check), askedMs };
    check.pending = pending;
    void pending.answer.then(() => {
      // A later question may wait for its own answer by now.
      if (check.pending === pending) check.pending = undefined;
    });
    return pending.answer;
  }

  private async question(check: Check): Promise<Finding> {
    try {
      return await check.run();
    } catch (error) {
      log.warning(`The health check of ${check.name} failed`, { error });
      return { status: 'unhealthy', message: 'The check failed; the log has the details' };
    }
  }
}
