import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: unknown; readonly failureSummary?: string }[];
}

/** What axe-core finds wrong with the page as it is now, one line a finding. */
export async function violationsOf(page: Page): Promise<string[]> {
  // Through the debugger: the page's own policy lets no foreign script in, and that is not what is looked at.
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const { axe: api } = globalThis as unknown as { axe: { run: () => Promise<{ violations: Violation[] }> } };
    return (await api.run()).violations;
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${String(target)}: ${failureSummary ?? ''}`),
  );
}
