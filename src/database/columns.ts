import type { ColumnOptions, QueryRunner, TableColumnOptions, ValueTransformer } from 'typeorm';

/** bigint columns come back as text from PostgreSQL and MySQL; in the domain they are numbers. */
const asNumber: ValueTransformer = {
  to: (value: unknown) => value,
  from: (value: string | number | null) => (value === null ? null : Number(value)),
};

/** JSON is kept as text: the same meaning on every database, and never reordered by one of them. */
const asJson: ValueTransformer = {
  to: (value: unknown) => (value === null || value === undefined ? value : JSON.stringify(value)),
  from: (value: string | null) => (value === null ? null : (JSON.parse(value) as unknown)),
};

/** 0/1: a type that means the same everywhere. */
const asFlag: ValueTransformer = {
  to: (value: unknown) => (typeof value === 'boolean' ? Number(value) : value),
  from: (value: number | null) => (value === null ? null : value === 1),
};

/** Column types that mean the same on every database. `text` has no end: on MySQL it is made a `longtext` (data-source.ts). */
export const columns = {
  /** An instant in milliseconds since the epoch, or a count of bytes. */
  bigint: (options: ColumnOptions = {}): ColumnOptions => ({ ...options, type: 'bigint', transformer: asNumber }),
  integer: (options: ColumnOptions = {}): ColumnOptions => ({ ...options, type: 'integer' }),
  double: (options: ColumnOptions = {}): ColumnOptions => ({ ...options, type: 'double precision' }),
  flag: (options: ColumnOptions = {}): ColumnOptions => ({ ...options, type: 'integer', transformer: asFlag }),
  varchar: (length: number, options: ColumnOptions = {}): ColumnOptions => ({ ...options, type: 'varchar', length }),
  text: (options: ColumnOptions = {}): ColumnOptions => ({ ...options, type: 'text' }),
  json: (options: ColumnOptions = {}): ColumnOptions => ({ ...options, type: 'text', transformer: asJson }),
};

type Column = TableColumnOptions;

/** The same types for migrations. The last argument of each is whether NULL is allowed. */
export class MigrationColumns {
  private readonly longText: string;

  constructor(queryRunner: QueryRunner) {
    this.longText = queryRunner.dataSource.options.type === 'mysql' ? 'longtext' : 'text';
  }

  /** A UUID as primary key. */
  id(name = 'id'): Column {
    return { name, type: 'varchar', length: '36', isPrimary: true };
  }

  /** An ever-growing number given by the database, as primary key. */
  sequence(): Column {
    return { name: 'sequence', type: 'integer', isPrimary: true, isGenerated: true, generationStrategy: 'increment' };
  }

  bigint(name: string, isNullable = false): Column {
    return { name, type: 'bigint', isNullable };
  }

  integer(name: string, isNullable = false): Column {
    return { name, type: 'integer', isNullable };
  }

  double(name: string, isNullable = false): Column {
    return { name, type: 'double precision', isNullable };
  }

  varchar(name: string, length: number, isNullable = false): Column {
    return { name, type: 'varchar', length: String(length), isNullable };
  }

  text(name: string, isNullable = false): Column {
    return { name, type: this.longText, isNullable };
  }
}
