import { Injectable } from '@nestjs/common';
import { MoreThan, type EntityManager } from 'typeorm';
import { Database, replaceParts } from '../../database/index.js';
import { FleetTotals } from '../fleet-totals.js';
import { MetricTotalEntity } from '../metric-total.entity.js';
import { Totals, type TotalChange } from '../totals.js';
import { addToTotals } from './add-to-totals.js';

/** Rows that one round of folding takes, and that are read at a time. */
const FOLD_ROWS_MAX = 2_000;
/** Rows that one round looks at: more than there are totals. */
const READ_ROWS_MAX = 20_000;
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
    const rows = await this.rows();
    const groups = new Map<string, MetricTotalEntity[]>();
    for (const row of rows) {
      const total = `${row.name} ${row.labels}`;
      const group = groups.get(total);
      if (group) group.push(row);
      else groups.set(total, [row]);
    }
    const saved = rows.length - groups.size;
    if (saved < FOLD_SAVED_MIN) return false;
    const folded = chosen([...groups.values()]);
    const ids = folded.flatMap((group) => group.map(({ id }) => id));
    await replaceParts(this.database, MetricTotalEntity, ids, (manager) => addSums(manager, folded));
    return saved - (ids.length - folded.length) >= FOLD_SAVED_MIN || rows.length >= READ_ROWS_MAX;
  }

  /** All there are, as long as these are few: totals of many kinds must not hide those that have many parts. */
  private async rows(): Promise<MetricTotalEntity[]> {
    const rows: MetricTotalEntity[] = [];
    while (rows.length < READ_ROWS_MAX) {
      const id = MoreThan(rows.at(-1)?.id ?? '');
      const page = await this.database.run((manager) =>
        manager.find(MetricTotalEntity, { where: { id }, order: { id: 'ASC' }, take: FOLD_ROWS_MAX }),
      );
      rows.push(...page);
      if (page.length < FOLD_ROWS_MAX) break;
    }
    return rows;
  }
}

/** Those with the most parts, as many parts as one round takes. */
function chosen(groups: readonly (readonly MetricTotalEntity[])[]): (readonly MetricTotalEntity[])[] {
  const crowded = groups.filter(({ length }) => length > 1).sort((one, other) => other.length - one.length);
  let room = FOLD_ROWS_MAX;
  return crowded
    .map((group) => {
      const parts = group.slice(0, room);
      room -= parts.length;
      return parts;
    })
    .filter(({ length }) => length > 1);
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
