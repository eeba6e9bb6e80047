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

/** MySQL wants to know the length of what it indexes; a key may have 3,072 bytes there, all columns together. */
export const BYTES_MAX = 1_024;

/** Bytes of text: compared byte by byte on every database, whatever its collation. */
const asBytes: ValueTransformer = {
  to: (value: unknown) => (typeof value === 'string' ? Buffer.from(value) : value),
  from: (value: Buffer | null) => (value === null ? null : value.toString()),
};

/** Column types that mean the same on every database. `text` has no end: on MySQL it is made a `longtext` (data-source.ts). */
export const columns = {
  /** An instant in milliseconds since the epoch, or a count of bytes. */
  bigint: <Options extends ColumnOptions>(options = {} as Options) => ({
    ...options,
    type: 'bigint' as const,
    transformer: asNumber,
  }),
  integer: <Options extends ColumnOptions>(options = {} as Options) => ({
    ...options,
    type: 'integer' as const,
  }),
  double: <Options extends ColumnOptions>(options = {} as Options) => ({
    ...options,
    type: 'double precision' as const,
  }),
  flag: <Options extends ColumnOptions>(options = {} as Options) => ({
    ...options,
    type: 'integer' as const,
    transformer: asFlag,
  }),
  varchar: <Options extends ColumnOptions = { nullable?: false }>(
    length: number,
    options = {} as Options,
  ): NoInfer<Options> & { type: 'varchar'; length: number } => ({
    ...options,
    type: 'varchar' as const,
    length,
  }),
  text: <Options extends ColumnOptions>(options = {} as Options) => ({
    ...options,
    type: 'text' as const,
  }),
  json: <Options extends ColumnOptions>(options = {} as Options) => ({
    ...options,
    type: 'text' as const,
    transformer: asJson,
  }),
  /** Text of at most BYTES_MAX bytes that is ordered and compared by its UTF-8 bytes. */
  bytes: <Options extends ColumnOptions>(options = {} as Options) => ({
    ...options,
    type: 'blob' as const,
    transformer: asBytes,
  }),
};

type Column = TableColumnOptions;

/** The same types for migrations. The last argument of each is whether NULL is allowed. */
export class MigrationColumns {
  /** MySQL or MariaDB. */
  readonly isMysql: boolean;
  private readonly longText: string;
  private readonly binary: Pick<Column, 'type' | 'length'>;

  constructor(queryRunner: QueryRunner) {
    const { type } = queryRunner.dataSource.options;
    this.isMysql = type === 'mysql' || type === 'mariadb';
    this.longText = this.isMysql ? 'longtext' : 'text';
    if (this.isMysql) this.binary = { type: 'varbinary', length: String(BYTES_MAX) };
    else this.binary = { type: type === 'postgres' ? 'bytea' : 'blob' };
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

  /** Text of at most BYTES_MAX bytes that is ordered and compared by its UTF-8 bytes. */
  bytes(name: string, isNullable = false): Column {
    return { name, ...this.binary, isNullable };
  }
}
