/** The four levels of the operations guide, least urgent first. */
export const levels = ['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const;
export type Level = (typeof levels)[number];

/** Pino's numbers for the same levels. */
export const levelNumbers: Readonly<Record<Level, number>> = { DEBUG: 20, INFO: 30, WARNING: 40, ERROR: 50 };

/** The level in whose band a pino number lies: `trace` counts as DEBUG and `fatal` as ERROR. */
export function levelOfNumber(number: number): Level {
  if (number >= levelNumbers.ERROR) return 'ERROR';
  if (number >= levelNumbers.WARNING) return 'WARNING';
  return number >= levelNumbers.INFO ? 'INFO' : 'DEBUG';
}
