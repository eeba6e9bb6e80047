import { Cron } from 'croner';
import type { Parser } from '#libs/env';

/** A cron expression as text; whoever uses it builds the schedule. */
export const cronExpression: Parser<string> = Object.assign(
  (value: string) => {
    new Cron(value.trim(), { timezone: 'UTC' }).stop();
    return value.trim();
  },
  { allowed: 'a cron expression of five fields, in UTC, such as `0 3 * * *`' },
);
