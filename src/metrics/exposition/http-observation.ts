/** One answered request, as the histogram of requests takes it. */
export interface HttpObservation {
  readonly method: string;
  readonly route: string;
  readonly status: string;
  readonly seconds: number;
  readonly correlationId: string;
}

export const HTTP_DURATION = 'simpletuner_http_request_duration_seconds';
