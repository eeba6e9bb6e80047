import { Injectable } from '@nestjs/common';
import { Clock, SharedAnswers } from '#libs/clock';
import { anonymous, CallerResolver, type Caller } from './caller.js';
import { contextOf, type PlainRequest } from './request-context.js';

/** Health, and the probes below it, which are for everybody and tell everybody the same. */
const HEALTH = /^\/api\/cloud\/health(\/|$)/;
const HEALTH_REPORT = '/api/cloud/health';
/** Credentials that are looked up within the time for which an answer is kept; more is no monitoring but an attack. */
const sharing = { keptMs: 1_000, questionsMax: 20 };
const ANSWER_TIMEOUT_MS = 1_000;

/**
 * Who asks for health. The answer must come when the database that knows the keys does not answer, and a storm of probes must not
 * reach it: then whoever asks is told what everybody is told.
 */
@Injectable()
export class ProbeCallers {
  private readonly answers: SharedAnswers<Caller>;

  constructor(
    private readonly callers: CallerResolver,
    private readonly clock: Clock,
  ) {
    this.answers = new SharedAnswers(clock, sharing);
  }

  static concerns(path: string): boolean {
    return HEALTH.test(path);
  }

  async resolve(request: PlainRequest): Promise<Caller> {
    if (request.path !== HEALTH_REPORT) return anonymous;
    const { authorization, cookie, 'x-api-key': key } = request.headers;
    // Without a credential nothing has to be looked up.
    if ((authorization ?? cookie ?? key) === undefined) return this.callers.resolve(request);
    // Who is local is somebody without a good credential, too.
    const question = JSON.stringify([contextOf(request).isLocal, authorization, cookie, key]);
    return (await this.answers.ask(question, () => this.inTime(request))) ?? anonymous;
  }

  private async inTime(request: PlainRequest): Promise<Caller> {
    const answered = new AbortController();
    const late = this.clock.sleep(ANSWER_TIMEOUT_MS, answered.signal).then(() => anonymous);
    const caller = this.callers.resolve(request).catch(() => anonymous);
    const first = await Promise.race([caller, late]);
    answered.abort();
    return first;
  }
}
