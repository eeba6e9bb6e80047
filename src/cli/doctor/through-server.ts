import { fail, ok, warn, type DoctorWorld, type Finding } from './finding.js';

/** What the running server, with its stored settings, says of a way that it tries step by step. */
interface Trial {
  readonly ok?: boolean;
  readonly steps?: readonly { readonly detail: string }[];
  readonly hint?: string;
}

/** Has the running server try a way (`test-connection`, `test-webhook`), and tells how far it came. */
export async function throughServer(server: DoctorWorld['server'], check: string, path: string): Promise<Finding> {
  const answer = await server.ask('POST', path);
  if (answer?.status !== 200)
    return warn(
      check,
      `The server does not try it (${answer?.status ?? 'no answer'})`,
      'Give the key of an admin with --api-key-file.',
    );
  const { ok: isOk, steps = [], hint = '' } = answer.body as Trial;
  return isOk ? ok(check, hint) : fail(check, steps.at(-1)?.detail ?? hint, hint);
}
