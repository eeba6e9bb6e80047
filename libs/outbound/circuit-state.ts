/** The bounds of a circuit breaker (contract §6). */
export const circuitRules = {
  /** Failures in a row that open it. */
  failuresMax: 5,
  /** For how long nothing is let through then. */
  openMs: 60_000,
  /** Calls under way at a time while it finds out whether the other side is well again. */
  probesMax: 3,
  /** Successes that close it. */
  successesToClose: 2,
  /** A probe that has not ended by then gives its place to another: its process may have died. */
  probeMs: 60_000,
} as const;

interface Probe {
  readonly id: number;
  readonly untilMs: number;
}

/** What all processes know of one destination. Instants are on the clock of the store that keeps it. */
export type CircuitState =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly untilMs: number }
  | {
      readonly kind: 'half_open';
      /** The end of the opening before it: tells results of this round from late ones of another. */
      readonly round: number;
      readonly probes: readonly Probe[];
      readonly successes: number;
      readonly admitted: number;
    };

/** What a call was let through as; handed back with its result. */
export type Ticket =
  { readonly kind: 'call' } | { readonly kind: 'probe'; readonly round: number; readonly id: number };

export type Admission =
  | { readonly isAdmitted: true; readonly state: CircuitState; readonly ticket: Ticket }
  | { readonly isAdmitted: false; readonly retryAfterMs: number };

export const closedCircuit: CircuitState = { kind: 'closed', failures: 0 };

/** How soon to ask again when every probe is under way. */
const PROBES_BUSY_MS = 1_000;

/** Whether a call may go now. */
export function admit(state: CircuitState, nowMs: number): Admission {
  if (state.kind === 'closed') return { isAdmitted: true, state, ticket: { kind: 'call' } };
  if (state.kind === 'open') {
    if (nowMs < state.untilMs) return { isAdmitted: false, retryAfterMs: state.untilMs - nowMs };
    return admit({ kind: 'half_open', round: state.untilMs, probes: [], successes: 0, admitted: 0 }, nowMs);
  }
  const probes = state.probes.filter(({ untilMs }) => untilMs > nowMs);
  if (probes.length >= circuitRules.probesMax) return { isAdmitted: false, retryAfterMs: PROBES_BUSY_MS };
  const id = state.admitted + 1;
  const probe = { id, untilMs: nowMs + circuitRules.probeMs };
  return {
    isAdmitted: true,
    state: { ...state, probes: [...probes, probe], admitted: id },
    ticket: { kind: 'probe', round: state.round, id },
  };
}

/** The state after a call has ended. Results that belong to another time than the present one change nothing. */
export function settle(state: CircuitState, ticket: Ticket, isSuccess: boolean, nowMs: number): CircuitState {
  if (ticket.kind === 'call') {
    if (state.kind !== 'closed') return state;
    if (isSuccess) return closedCircuit;
    const failures = state.failures + 1;
    return failures < circuitRules.failuresMax ? { kind: 'closed', failures } : opened(nowMs);
  }
  if (state.kind !== 'half_open' || state.round !== ticket.round) return state;
  if (!isSuccess) return opened(nowMs);
  const successes = state.successes + 1;
  if (successes >= circuitRules.successesToClose) return closedCircuit;
  return { ...state, successes, probes: state.probes.filter(({ id }) => id !== ticket.id) };
}

function opened(nowMs: number): CircuitState {
  return { kind: 'open', untilMs: nowMs + circuitRules.openMs };
}

/** The state as text for a store; a circuit at rest needs none. */
export function writeCircuit(state: CircuitState): string | undefined {
  return state.kind === 'closed' && state.failures === 0 ? undefined : JSON.stringify(state);
}

/** Reads what `writeCircuit` wrote; anything else counts as a circuit at rest. */
export function readCircuit(text: string | undefined): CircuitState {
  if (text === undefined) return closedCircuit;
  try {
    const state = JSON.parse(text) as CircuitState;
    return ['closed', 'open', 'half_open'].includes(state.kind) ? state : closedCircuit;
  } catch {
    return closedCircuit;
  }
}
