import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTheme } from '../theme/theme';
import type { Series } from './series';

const HEIGHT = 260;
const COLOURS = ['--chart-1', '--chart-2', '--chart-3', '--chart-4'];

export interface ChartProps {
  readonly series: readonly Series[];
  readonly stepLabel: string;
}

/** Curves over steps. The numbers are also in words beside it: a canvas says nothing to a screen reader. */
export function Chart({ series, stepLabel }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const { isDark } = useTheme();
  const names = series.map(({ name }) => name).join('\n');

  // A canvas does not follow the style sheet: another theme, or other curves, are another drawing.
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const drawing = new uPlot(optionsFor(element, names.split('\n'), stepLabel), [[]], element);
    plot.current = drawing;
    const resize = new ResizeObserver(() => drawing.setSize({ width: element.clientWidth, height: HEIGHT }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      drawing.destroy();
      plot.current = null;
    };
  }, [names, stepLabel, isDark]);

  useEffect(() => {
    plot.current?.setData(dataOf(series));
  }, [series, names, stepLabel, isDark]);

  return <div ref={frame} className="chart" />;
}

function optionsFor(element: HTMLElement, names: readonly string[], stepLabel: string): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (variable: string) => style.getPropertyValue(variable).trim();
  const font = `11px ${style.fontFamily}`;
  const axis = {
    stroke: colour('--chart-text'),
    grid: { stroke: colour('--chart-grid'), width: 1 },
    ticks: { show: false },
    font,
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    scales: { x: { time: false } },
    axes: [axis, { ...axis, size: 56 }],
    legend: { live: true },
    series: [
      { label: stepLabel },
      ...names.map((name, index) => ({
        label: name,
        stroke: colour(COLOURS[index % COLOURS.length] ?? ''),
        width: 1.75,
        spanGaps: true,
        points: { show: false },
      })),
    ],
  };
}

/** All curves over the steps of any of them. */
function dataOf(series: readonly Series[]): uPlot.AlignedData {
  const steps = [...new Set(series.flatMap(({ points }) => [...points.keys()]))].sort((left, right) => left - right);
  return [steps, ...series.map(({ points }) => steps.map((step) => points.get(step) ?? null))];
}
