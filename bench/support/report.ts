/** What a figure is held against: the figure itself, or its ratio to the peer's. */
export interface Bar {
  of: 'ours' | 'ratio';
  atLeast?: number;
  atMost?: number;
}

/** One measured figure. The peer does the same work in the same run, as machines differ more than programs. */
export interface Measurement {
  figure: string;
  ours: number;
  peer?: number;
  unit: string;
  bar?: Bar;
}

/** A figure as `npm run bench` prints it. `ok` is true where there is no bar. */
export interface Figure {
  figure: string;
  ours: number;
  peer: number | null;
  unit: string;
  ratio: number | null;
  bar: string | null;
  ok: boolean;
}

/** What a bench's `run(report)` is given: call it once per figure. */
export type Report = (measurement: Measurement) => void;

function words({ of, atLeast, atMost }: Bar): string {
  const bounds = [atLeast === undefined ? '' : `≥ ${atLeast}`, atMost === undefined ? '' : `≤ ${atMost}`];
  return `${of} ${bounds.filter((bound) => bound !== '').join(' and ')}`;
}

/** Judges a measurement. A bar on the ratio fails without a peer, and any bar fails on NaN. */
export function judge({ figure, ours, peer, unit, bar }: Measurement): Figure {
  const ratio = peer === undefined ? null : ours / peer;
  const value = bar?.of === 'ratio' ? (ratio ?? NaN) : ours;
  const ok = !bar || (value >= (bar.atLeast ?? -Infinity) && value <= (bar.atMost ?? Infinity));
  return { figure, ours, peer: peer ?? null, unit, ratio, bar: bar ? words(bar) : null, ok };
}

/** A number with three digits that mean something, as people compare them. */
function short(value: number | null): string {
  if (value === null) return '';
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

const columns: [title: string, cell: (figure: Figure) => string][] = [
  ['figure', ({ figure }) => figure],
  ['ours', ({ ours }) => short(ours)],
  ['peer', ({ peer }) => short(peer)],
  ['unit', ({ unit }) => unit],
  ['ratio', ({ ratio }) => short(ratio)],
  ['bar', ({ bar }) => bar ?? ''],
  ['', ({ ok }) => (ok ? 'ok' : 'MISSED')],
];

/** Figures as aligned lines below a line of titles. */
export function table(figures: Figure[]): string {
  const aligned = columns.map(([title, cell]) => {
    const cells = [title, ...figures.map(cell)];
    const width = Math.max(...cells.map(({ length }) => length));
    return cells.map((text) => text.padEnd(width));
  });
  const lines = [-1, ...figures.keys()].map((index) => aligned.map((cells) => cells[index + 1]).join('  '));
  return lines.map((line) => line.trimEnd()).join('\n');
}
