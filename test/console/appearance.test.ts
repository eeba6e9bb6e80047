import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violationsOf } from './support/accessibility.js';
import { ConsoleBrowser } from './support/browser.js';
import { World } from './support/world.js';

describe('every page of the console', () => {
  let world: World;
  let pages: readonly string[];
  beforeAll(async () => {
    world = await World.start();
    const jobId = await world.submit('looked at');
    expect(await world.ended(jobId)).toBe('completed');
    pages = [
      '/cloud/jobs',
      `/cloud/jobs/${jobId}`,
      '/cloud/configuration/process',
      '/cloud/configuration/replicate',
      '/admin/health',
      '/admin/metrics',
      '/admin/webhooks',
      '/admin/audit',
      '/admin/rate-limits',
      '/admin/secrets',
      '/cloud/nowhere',
    ];
  });
  afterAll(() => world.stop());

  /** Loaded: nothing is grey any more. */
  async function settle(page: Page): Promise<void> {
    await page.locator('h1').waitFor();
    await page.locator('.live-on').waitFor();
    await expect.poll(() => page.locator('.skeleton').count()).toBe(0);
  }

  it.each(['light', 'dark'] as const)(
    'has no violation that axe finds, and no complaint of the browser: %s',
    async (theme) => {
      const browser = await ConsoleBrowser.open({ colorScheme: theme });
      const page = await browser.newPage();
      const found: string[] = [];
      for (const path of pages) {
        await page.goto(world.at(path));
        await settle(page);
        found.push(...(await violationsOf(page)).map((violation) => `${path}: ${violation}`));
      }
      await page.goto(world.at('/cloud/jobs'));
      await settle(page);
      await page.getByRole('button', { name: 'Submit a job' }).click();
      await page.getByText('$1.20 per hour').waitFor();
      found.push(...(await violationsOf(page)).map((violation) => `submit: ${violation}`));
      expect(found).toEqual([]);
      expect(browser.complaints).toEqual([]);
      const ground = await page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
      expect(ground).toBe(theme === 'light' ? 'rgb(246, 247, 249)' : 'rgb(14, 17, 22)');
      await browser.close();
    },
  );

  it('speaks Japanese to those who prefer it, and remembers language and theme as chosen', async () => {
    const browser = await ConsoleBrowser.open({ locale: 'ja-JP', colorScheme: 'light' });
    const page = await browser.newPage();
    for (const path of pages) {
      await page.goto(world.at(path));
      await settle(page);
      expect(await page.locator('html').getAttribute('lang')).toBe('ja');
      expect(await page.locator('h1').textContent(), path).toMatch(/[\u3040-\u30ff\u4e00-\u9fff]|looked at/);
    }
    await page.getByRole('combobox', { name: '言語' }).selectOption('en');
    await page.getByRole('combobox', { name: 'Theme' }).selectOption('dark');
    await page.reload();
    await page.getByRole('heading', { name: 'Page not found' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    expect(browser.complaints).toEqual([]);
    await browser.close();
  });

  it('fits a tablet without scrolling sideways', async () => {
    const browser = await ConsoleBrowser.open({ viewport: { width: 768, height: 1_024 } });
    const page = await browser.newPage();
    for (const path of pages) {
      await page.goto(world.at(path));
      await settle(page);
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
      expect(overflow, path).toBeLessThanOrEqual(0);
    }
    await browser.close();
  });
});
