import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  admit,
  circuitRules,
  closedCircuit,
  readCircuit,
  settle,
  writeCircuit,
  type CircuitState,
  type Ticket,
} from './circuit-state.js';

const { failuresMax, openMs, probesMax, probeMs, successesToClose } = circuitRules;

function failing(times: number, nowMs: number, from: CircuitState = closedCircuit): CircuitState {
  return Array.from({ length: times }).reduce<CircuitState>(
    (state) => settle(state, { kind: 'call' }, false, nowMs),
    from,
  );
}

describe('a circuit', () => {
  it('opens at five failures in a row for a minute', () => {
    expect(failing(failuresMax - 1, 0)).toEqual({ kind: 'closed', failures: 4 });
    const calmed = settle(failing(failuresMax - 1, 0), { kind: 'call' }, true, 0);
    expect(failing(failuresMax - 1, 0, calmed).kind).toBe('closed');
    const open = failing(failuresMax, 7);
    expect(admit(open, 7)).toEqual({ isAdmitted: false, retryAfterMs: openMs });
    expect(admit(open, 7 + openMs - 1)).toEqual({ isAdmitted: false, retryAfterMs: 1 });
    expect(admit(open, 7 + openMs).isAdmitted).toBe(true);
  });

  it('gives the place of a probe that never came back to another', () => {
    let state = failing(failuresMax, 0);
    for (let probe = 0; probe < probesMax; probe += 1) {
      const answer = admit(state, openMs);
      if (answer.isAdmitted) state = answer.state;
    }
    expect(admit(state, openMs + probeMs - 1).isAdmitted).toBe(false);
    expect(admit(state, openMs + probeMs).isAdmitted).toBe(true);
  });

  it('is read as it was written, and anything else as a circuit at rest', () => {
    for (const state of [failing(3, 0), failing(5, 9)]) expect(readCircuit(writeCircuit(state))).toEqual(state);
    expect(writeCircuit(closedCircuit)).toBeUndefined();
    for (const text of [undefined, '', '{', '{"kind":"ajar"}']) expect(readCircuit(text)).toBe(closedCircuit);
  });
});

type Event = { kind: 'admit' } | { kind: 'end'; which: number; isSuccess: boolean } | { kind: 'wait'; ms: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'admit' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat(20), isSuccess: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: openMs + 10 }) }),
  },
);

it('keeps its promises under any order of calls, results and pauses', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 200 }), (events) => {
      let state: CircuitState = closedCircuit;
      let nowMs = 0;
      const underWay: { ticket: Ticket; startMs: number }[] = [];
      let failuresInARow = 0;
      let openedAtMs = Number.NEGATIVE_INFINITY;
      let probeSuccesses = 0;
      for (const step of events) {
        const before: CircuitState = state;
        if (step.kind === 'wait') nowMs += step.ms;
        else if (step.kind === 'admit') {
          const answer = admit(state, nowMs);
          if (!answer.isAdmitted) {
            expect(before.kind).not.toBe('closed');
            expect(answer.retryAfterMs).toBeGreaterThan(0);
            continue;
          }
          // While it is open nothing passes for a minute.
          expect(nowMs - openedAtMs >= openMs || before.kind === 'closed').toBe(true);
          if (before.kind === 'open') probeSuccesses = 0;
          state = answer.state;
          underWay.push({ ticket: answer.ticket, startMs: nowMs });
          if (state.kind === 'half_open') expect(state.probes.length).toBeLessThanOrEqual(probesMax);
        } else if (underWay.length > 0) {
          const { ticket } = underWay.splice(step.which % underWay.length, 1)[0]!;
          state = settle(state, ticket, step.isSuccess, nowMs);
          if (before.kind === 'closed' && ticket.kind === 'call') {
            failuresInARow = step.isSuccess ? 0 : failuresInARow + 1;
            expect(state.kind).toBe(failuresInARow >= failuresMax ? 'open' : 'closed');
          }
          const isCurrentProbe =
            before.kind === 'half_open' && ticket.kind === 'probe' && ticket.round === before.round;
          if (isCurrentProbe && step.isSuccess) probeSuccesses += 1;
          if (before.kind === 'half_open' && !isCurrentProbe) expect(state).toBe(before);
          if (before.kind === 'open') expect(state).toBe(before);
          if (isCurrentProbe && !step.isSuccess) expect(state.kind).toBe('open');
          if (isCurrentProbe && step.isSuccess)
            expect(state.kind).toBe(probeSuccesses >= successesToClose ? 'closed' : 'half_open');
          if (state.kind === 'open' && before.kind !== 'open') openedAtMs = nowMs;
          if (state.kind !== 'closed' || before.kind !== 'closed') failuresInARow = 0;
        }
        expect(readCircuit(writeCircuit(state))).toEqual(state);
      }
    }),
    { numRuns: 2_000 },
  );
});
