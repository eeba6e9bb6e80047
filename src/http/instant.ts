import { ValidateBy } from 'class-validator';

/** Property decorator: beside `IsISO8601`, which also knows forms (weeks, dates without dashes) that no Date can be made of. */
export function IsReadableInstant(): PropertyDecorator {
  return ValidateBy({
    name: 'isReadableInstant',
    validator: {
      validate: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
      defaultMessage: () => '$property must be a date such as 2026-01-31 or 2026-01-31T12:00:00Z',
    },
  });
}
