/** How a scrape wants to read: the text format of Prometheus, or OpenMetrics, which knows exemplars. */
export type ExpositionFormat = 'text' | 'openmetrics';

/** The format that an Accept header asks for; text unless OpenMetrics is preferred. */
export function formatFor(accept: string | undefined): ExpositionFormat {
  const wishes = (accept ?? '').split(',').map((wish) => {
    const [type = '', ...parameters] = wish.split(';').map((part) => part.trim().toLowerCase());
    const quality = Number(parameters.find((part) => part.startsWith('q='))?.slice(2) ?? 1);
    return { type, quality: Number.isNaN(quality) ? 0 : quality };
  });
  const best = (...types: string[]): number =>
    Math.max(0, ...wishes.filter(({ type }) => types.includes(type)).map(({ quality }) => quality));
  const openMetrics = best('application/openmetrics-text');
  return openMetrics > 0 && openMetrics >= best('text/plain') ? 'openmetrics' : 'text';
}

export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};
