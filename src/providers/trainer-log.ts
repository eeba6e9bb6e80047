import type { Progress } from './adapter.js';

/** How much of a log's end says where the run is. */
const LINES_READ_MAX = 50;
const CHARS_READ_MAX = 65_536;
const MESSAGE_LENGTH_MAX = 200;

const stageWords: readonly (readonly [RegExp, string])[] = [
  [/\[CHECKPOINT\]/, 'Saving checkpoint'],
  [/\[TRAINING\]|\b(?:step|epoch)\s{0,3}[:#]?\s{0,3}\d{1,12}\s{0,3}\/\s{0,3}\d/i, 'Training'],
  [/warming up|warm-?up/i, 'Warmup'],
  [/validat/i, 'Validation'],
  [/checkpoint/i, 'Saving checkpoint'],
  [/preprocessing|loading/i, 'Preprocessing'],
];
/** Between two steps a run validates or saves: how far it has come is still true then. */
const stagesWithinTraining = new Set(['Training', 'Validation', 'Saving checkpoint']);
const COUNT = /\b(?:step|epoch)\s{0,3}[:#]?\s{0,3}(\d{1,12})\s{0,3}\/\s{0,3}(\d{1,12})\b/i;
const STAGE_LINE = /\[STAGE\]\s*(.{0,200}?)\s*\((\d{1,3}(?:\.\d{1,6})?)%\)/;

/** Where a run is, as the newest telling line of the trainer's log has it; undefined when no line tells. */
export function progressFromLog(log: string): Progress | undefined {
  const lines = lastLines(log, LINES_READ_MAX);
  for (const line of lines.reverse()) {
    const stage = stageOf(line);
    if (stage === undefined) continue;
    const counts = stagesWithinTraining.has(stage) ? countsOf(lines) : undefined;
    const percent = STAGE_LINE.exec(line)?.[2];
    return {
      stage,
      current: counts?.current ?? null,
      total: counts?.total ?? null,
      percent: percent === undefined ? (counts?.percent ?? null) : Math.min(100, Number(percent)),
      message: line.slice(0, MESSAGE_LENGTH_MAX),
    };
  }
  return undefined;
}

/** The last `count` lines that hold anything, oldest first; terminal codes removed, a rewritten line in its newest form. */
export function lastLines(log: string, count: number): string[] {
  return log
    .slice(-CHARS_READ_MAX)
    .split(/[\r\n]+/)
    .map((line) => withoutTerminalCodes(line).trim())
    .filter((line) => line !== '')
    .slice(-count);
}

function stageOf(line: string): string | undefined {
  const labelled = STAGE_LINE.exec(line)?.[1];
  const known = stageWords.find(([pattern]) => pattern.test(labelled ?? line))?.[1];
  // A trainer may put the stage's key before its label.
  return known ?? (labelled?.replace(/^[a-z0-9]+(_[a-z0-9]+)+\s+/, '') || undefined);
}

function countsOf(newestFirst: readonly string[]): Pick<Progress, 'current' | 'total' | 'percent'> | undefined {
  for (const line of newestFirst) {
    const [, current, total] = COUNT.exec(line) ?? [];
    if (current === undefined || total === undefined) continue;
    return { current: Number(current), total: Number(total), percent: percentOf(Number(current), Number(total)) };
  }
  return undefined;
}

/** Rounded to one decimal, never outside 0..100; null when nothing is known of the whole. */
export function percentOf(current: number, total: number): number | null {
  if (total <= 0) return null;
  return Math.min(100, Math.max(0, Math.round((current / total) * 1_000) / 10));
}

function withoutTerminalCodes(line: string): string {
  // eslint-disable-next-line no-control-regex -- terminal codes begin with the control character ESC
  return line.replace(/\u001b\[[0-9;?]{0,32}[A-Za-z]/g, '').replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
}
