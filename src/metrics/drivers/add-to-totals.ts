import type { EntityManager } from 'typeorm';
import { newId } from '#libs/ids';
import { insertRows } from '../../database/index.js';
import { MetricTotalEntity } from '../metric-total.entity.js';
import { labelsText, type TotalChange } from '../totals.js';

/** Adds to the totals of the fleet in the transaction of `manager`: for drivers whose rows are counted. */
export async function addToTotals(manager: EntityManager, changes: readonly TotalChange[]): Promise<void> {
  const rows = changes
    .filter(({ amount }) => amount !== 0)
    .map(({ name, labels, amount }) => ({ id: newId(), name, labels: labelsText(labels), amount }));
  await insertRows(manager, MetricTotalEntity, rows);
}
