/** The stages of reaching a server, in the order in which they happen. */
export type Stage = 'dns' | 'tcp' | 'proxy_connect' | 'tls';

/** The reason of a connection that the egress guard did not allow. */
export const EGRESS_REFUSED = 'EGRESS_REFUSED';

/** A connection that could not be made; nothing of the request has been sent. */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure';

  constructor(
    readonly stage: Stage,
    /** The system's word for it, `PROXY_<status>`, EGRESS_REFUSED or CONNECT_TIMEOUT. */
    readonly reason: string,
    cause?: unknown,
  ) {
    super(`No connection: ${stage} (${reason})`, { cause });
  }
}
