import { Injectable } from '@nestjs/common';
import { Metrics } from './metrics.js';

/**
 * Total of requests for approval by status, in the transaction in which one comes to be or is decided: whoever decides about
 * approvals adds to it. While no rule can hold a job back, nobody does, and none is pending.
 */
export const APPROVAL_REQUESTS = 'approval_requests';

const decided = ['approved', 'rejected', 'expired', 'cancelled'] as const;

/** The guide's families of approvals. */
@Injectable()
export class ApprovalFamilies {
  constructor(metrics: Metrics) {
    const common = { type: 'gauge', category: 'approvals', scope: 'fleet' } as const;
    metrics.add(
      {
        ...common,
        name: 'simpletuner_approval_requests_pending',
        help: 'Jobs that wait for an approval; 0 while no approval rule holds jobs back',
      },
      async ({ totals }) => [{ value: (await totals).sumBy(APPROVAL_REQUESTS, 0).get('pending') ?? 0 }],
    );
    metrics.add(
      {
        ...common,
        name: 'simpletuner_approval_requests_by_status',
        help: 'Requests for approval by status; 0 while no approval rule holds jobs back',
      },
      async ({ totals }) => {
        const byStatus = (await totals).sumBy(APPROVAL_REQUESTS, 0);
        return ['pending', ...decided].map((status) => ({ labels: { status }, value: byStatus.get(status) ?? 0 }));
      },
    );
  }
}
