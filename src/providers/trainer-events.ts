import type { Progress, ProviderReport } from './adapter.js';
import { percentOf } from './trainer-log.js';

const TEXT_LENGTH_MAX = 300;

type Json = Readonly<Record<string, unknown>>;

/**
 * What a trainer's own event says of its run; undefined when it says nothing.
 * The trap: `stage.status=completed` comes for every stage of the start. Only the stage `training_complete` and
 * `data.status=failed` tell of the end, and even they are hints: the trainer has still to upload and to exit.
 */
export function parseTrainerEvent(body: unknown): ProviderReport | undefined {
  const event = objectOf(body);
  const type = textOf(event['type']);
  const report: { -readonly [Name in keyof ProviderReport]: ProviderReport[Name] } = {};
  const progress = type === 'lifecycle.stage' ? stageProgress(event) : trainingProgress(event);
  if (progress) report.progress = progress;
  const note = noteOf(type, event);
  if (note !== undefined) report.note = note;
  if (objectOf(event['data'])['status'] === 'failed') report.endHint = 'failed';
  else if (type === 'lifecycle.stage' && objectOf(event['stage'])['key'] === 'training_complete')
    report.endHint = 'completed';
  return Object.keys(report).length === 0 ? undefined : report;
}

function stageProgress(event: Json): Progress | undefined {
  const stage = objectOf(event['stage']);
  const label = textOf(stage['label']) ?? textOf(stage['key']);
  if (label === undefined) return undefined;
  return { ...countsOf(objectOf(stage['progress'])), stage: label, message: textOf(event['message']) ?? null };
}

function trainingProgress(event: Json): Progress | undefined {
  const counts = countsOf(objectOf(event['progress']));
  if (counts.current === null && counts.percent === null) return undefined;
  return { ...counts, stage: 'Training', message: textOf(event['message']) ?? null };
}

function countsOf(progress: Json): Pick<Progress, 'current' | 'total' | 'percent'> {
  const current = countOf(progress['current']);
  const total = countOf(progress['total']);
  const told = countOf(progress['percent']);
  const percent = current === null || total === null ? null : percentOf(current, total);
  return { current, total, percent: told === null ? percent : Math.min(100, told) };
}

function noteOf(type: string | undefined, event: Json): string | undefined {
  const title = textOf(event['title']);
  const message = textOf(event['message']);
  const said = [title, message].filter((text) => text !== undefined).join(': ') || undefined;
  switch (type) {
    case 'training.checkpoint': {
      const checkpoint = objectOf(event['checkpoint']);
      const name = textOf(checkpoint['label']) ?? textOf(checkpoint['path'])?.split('/').at(-1);
      return `${name ?? 'A checkpoint'} saved${checkpoint['is_final'] === true ? ' (the final one)' : ''}`;
    }
    case 'gpu.fault': {
      const fault = objectOf(event['fault']);
      const what = [textOf(fault['type']), textOf(fault['action_taken'])].filter((text) => text !== undefined);
      return `GPU fault${what.length > 0 ? `: ${what.join(', ')}` : ''}`;
    }
    case 'error':
      return `Error: ${said ?? 'the trainer gave no reason'}`;
    case 'notification':
      return said;
    case 'lifecycle.stage':
      return stageNote(event);
    default:
      return objectOf(event['data'])['status'] === 'failed' ? (said ?? 'The trainer reports a failure') : undefined;
  }
}

function stageNote(event: Json): string | undefined {
  const stage = objectOf(event['stage']);
  const label = textOf(stage['label']) ?? textOf(stage['key']);
  return stage['status'] === 'completed' && label !== undefined ? `Stage done: ${label}` : undefined;
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** One bounded line of text, or undefined for anything else. */
function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const line = value
    .slice(0, TEXT_LENGTH_MAX)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  return line === '' ? undefined : line;
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
