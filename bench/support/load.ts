export interface Load {
  perSecond: number;
  p99Ms: number;
}

/** Does `work` `times` times, `callers` of them at once, each caller starting the next when its last has ended. */
export async function measure(callers: number, times: number, work: (index: number) => Promise<void>): Promise<Load> {
  const durationsMs = new Float64Array(times);
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let index = next++; index < times; index = next++) {
      const startedMs = performance.now();
      await work(index);
      durationsMs[index] = performance.now() - startedMs;
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: callers }, caller));
  const passedMs = performance.now() - startedMs;
  return { perSecond: (times / passedMs) * 1_000, p99Ms: durationsMs.sort()[Math.floor(times * 0.99)] ?? NaN };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
