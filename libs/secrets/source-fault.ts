/** A source could not be read. The message finishes the sentence "AWS Secrets Manager …", for operators, and holds no secret. */
export class SourceFault extends Error {
  override readonly name = 'SourceFault';
}

/** What may be said of a failure: messages of strangers can hold anything. */
export function reasonOf(error: unknown): string {
  if (error instanceof SourceFault) return error.message;
  const { code, name } = error as { code?: unknown; name?: unknown };
  const word = [code, name].find((text): text is string => typeof text === 'string' && /^\w{1,64}$/.test(text));
  return `cannot be read (${word ?? 'error'})`;
}
