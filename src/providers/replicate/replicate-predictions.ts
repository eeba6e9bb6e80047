import { DomainError } from '../../http/index.js';
import type { ReplicateApi } from './replicate-api.js';
import { readPrediction, type Prediction } from './replicate-prediction.js';

const PREDICTION_ID = /^[a-z0-9]{1,128}$/i;

/** Whether Replicate can have given this id. */
export function isPredictionId(id: string): boolean {
  return PREDICTION_ID.test(id);
}

/** The predictions of the account. What is no answer of Replicate's is never taken for the absence of a run, which may be paid for. */
export class ReplicatePredictions {
  constructor(
    private readonly api: Pick<ReplicateApi, 'get'>,
    /** Removes secrets from text. */
    private readonly clean: (text: string) => string,
  ) {}

  /** Undefined when Replicate does not know it. @throws DomainError provider_unavailable for an answer that is no prediction. */
  async one(id: string): Promise<Prediction | undefined> {
    const answer = isPredictionId(id) ? await this.api.get(`/predictions/${id}`) : undefined;
    if (answer === undefined) return undefined;
    const prediction = readPrediction(answer, this.clean);
    if (!prediction) throw notReplicate('prediction');
    return prediction;
  }

  /**
   * All of them, newest first, as far as `pagesMax` pages reach; where there are more, it stops or refuses, as `whenMore` says.
   * @throws DomainError provider_unavailable for an answer that is no list, and when it refuses.
   */
  async *newestFirst(pagesMax: number, whenMore: 'stop' | 'refuse'): AsyncGenerator<Prediction> {
    let path: string | undefined = '/predictions';
    for (let page = 0; page < pagesMax && path !== undefined; page += 1) {
      const list = ((await this.api.get(path)) ?? {}) as { results?: unknown; next?: unknown };
      if (!Array.isArray(list.results)) throw notReplicate('list');
      for (const entry of list.results as unknown[]) {
        const prediction = readPrediction(entry, this.clean);
        if (prediction) yield prediction;
      }
      path = typeof list.next === 'string' && URL.canParse(list.next) ? list.next : undefined;
    }
    if (path !== undefined && whenMore === 'refuse')
      throw new DomainError(
        'unavailable',
        'provider_unavailable',
        'Replicate has more runs than can be looked through.',
      );
  }
}

/** A proxy or a login page may answer in place of Replicate, and with a 200. */
function notReplicate(expected: string): DomainError {
  return new DomainError(
    'unavailable',
    'provider_unavailable',
    `Replicate answered with something that is no ${expected}.`,
  );
}
