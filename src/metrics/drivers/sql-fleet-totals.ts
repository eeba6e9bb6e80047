import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database, replaceParts } from '../../database/index.js';
import { FleetTotals } from '../fleet-totals.js';
import { MetricTotalEntity } from '../metric-total.entity.js';
import { Totals, type TotalChange } from '../totals.js';
import { addToTotals } from './add-to-totals.js';

/** Rows that one round of folding takes. */
const FOLD_ROWS_MAX = 2_000;
/** Folding is worth its writes when it would save this many rows. */
const FOLD_SAVED_MIN = 100;

@Injectable()
export class SqlFleetTotals extends FleetTotals {
  constructor(private readonly database: Database) {
    super();
  }

  override async add(changes: readonly TotalChange[]): Promise<void> {
    await this.database.run((manager) => addToTotals(manager, changes));
  }

  override async read(): Promise<Totals> {
    // One statement, so that what is being folded meanwhile is seen either before or after.
    const rows = await this.database.run((manager) =>
      manager
        .createQueryBuilder(MetricTotalEntity, 'total')
        .select('total.name', 'name')
        .addSelect('total.labels', 'labels')
        .addSelect('SUM(total.amount)', 'value')
        .groupBy('total.name')
        .addGroupBy('total.labels')
        .getRawMany<{ name: string; labels: string; value: string | number }>(),
    );
    return new Totals(rows.map(({ name, labels, value }) => ({ name, labels, value: Number(value) })));
  }

  override async fold(): Promise<boolean> {
    const rows = await this.database.run((manager) =>
      manager.find(MetricTotalEntity, { order: { id: 'ASC' }, take: FOLD_ROWS_MAX }),
    );
    const groups = new Map<string, MetricTotalEntity[]>();
    for (const row of rows) {
      const total = `${row.name} ${row.labels}`;
      groups.set(total, [...(groups.get(total) ?? []), row]);
    }
    if (rows.length - groups.size < FOLD_SAVED_MIN) return false;
    const folded = [...groups.values()].filter((group) => group.length > 1);
    const ids = folded.flatMap((group) => group.map(({ id }) => id));
    await replaceParts(this.database, MetricTotalEntity, ids, (manager) => addSums(manager, folded));
    return rows.length === FOLD_ROWS_MAX;
  }
}

async function addSums(manager: EntityManager, groups: readonly (readonly MetricTotalEntity[])[]): Promise<void> {
  await addToTotals(
    manager,
    groups.map(([first, ...rest]) => {
      const { name, labels, amount } = first as MetricTotalEntity;
      const sum = rest.reduce((total, row) => total + row.amount, amount);
      return { name, labels: JSON.parse(labels) as string[], amount: sum };
    }),
  );
}
