/** The type of a delivery that the server sends to itself, and the outcome of one: it is received like any other, and moves nothing. */
export const SELF_TEST = 'self_test';

/** The body of a self-test. */
export function selfTestBody(testId: string): string {
  return JSON.stringify({ type: SELF_TEST, id: testId, note: 'sent by this server to itself' });
}

export function isSelfTest(body: unknown): boolean {
  return typeof body === 'object' && body !== null && (body as { type?: unknown }).type === SELF_TEST;
}
