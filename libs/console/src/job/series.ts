/** One curve: values by step, steps ascending. */
export interface Series {
  readonly name: string;
  readonly points: ReadonlyMap<number, number>;
}

const STEP_NAMES = ['step', 'global_step', 'steps', 'iteration'];
const METRICS_FILE = /(^|\/)([\w.-]*metrics[\w.-]*|train(ing)?[_-]?log|log_history|loss)\.(jsonl|ndjson)$/i;
/**
 * What trainers print: "step 25 … loss 0.53", "Steps: 3%| | 25/1000 […, step_loss=0.53]", "25/1000 … loss: 0.53". The first of these
 * that fits counts; a percentage is no step.
 */
const LOG_STEPS = [/\bsteps?\b\D{0,3}(\d[\d,]*)(?![\d.,]*\s*%)/i, /\|\s*(\d+)\/\d+/, /\b(\d+)\/\d+\b/];
const LOG_LOSS = /\b(?:step_|train_)?loss\b[\s"':=]{1,4}(\d+(?:\.\d+)?(?:e[+-]?\d+)?)/i;

/** The file in which a trainer has written its numbers, if it delivers one. */
export function metricsFileOf(keys: readonly string[]): string | undefined {
  return keys.filter((key) => METRICS_FILE.test(key)).sort((left, right) => left.length - right.length)[0];
}

/** Every number by step in a file of JSON lines; lines that are none are passed over. */
export function seriesOfJsonLines(text: string): Series[] {
  const all = new Map<string, Map<number, number>>();
  for (const line of text.split('\n')) {
    const entry = objectIn(line);
    const step = STEP_NAMES.map((name) => entry?.[name]).find((value) => typeof value === 'number');
    if (!entry || step === undefined) continue;
    for (const [name, value] of Object.entries(entry)) {
      if (typeof value !== 'number' || !Number.isFinite(value) || STEP_NAMES.includes(name)) continue;
      const points = all.get(name) ?? new Map<number, number>();
      all.set(name, points.set(step, value));
    }
  }
  return [...all].map(([name, points]) => ({ name, points: sorted(points) }));
}

/** The loss as the log tells it, until the numbers themselves arrive. */
export function seriesOfLog(text: string): Series[] {
  const points = new Map<number, number>();
  for (const line of text.split(/[\n\r]/)) {
    const loss = LOG_LOSS.exec(line)?.[1];
    const step = LOG_STEPS.map((pattern) => pattern.exec(line)?.[1]).find((found) => found !== undefined);
    if (loss !== undefined && step !== undefined) points.set(Number(step.replaceAll(',', '')), Number(loss));
  }
  return points.size < 2 ? [] : [{ name: 'loss', points: sorted(points) }];
}

export function isLoss({ name }: Series): boolean {
  return /loss/i.test(name);
}

function objectIn(line: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function sorted(points: ReadonlyMap<number, number>): Map<number, number> {
  return new Map([...points].sort(([left], [right]) => left - right));
}
