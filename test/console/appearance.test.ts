import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violationsOf } from './support/accessibility.js';
import { ConsoleBrowser } from './support/browser.js';
import { World } from './support/world.js';

/** Where pictures of every page go for somebody to look at; none are made without it. */
const screenshots = process.env['SCREENSHOTS'];

describe('every page of the console', () => {
  let world: World;
  let shared: ConsoleBrowser;
  let pages: readonly string[];
  beforeAll(async () => {
    [world, shared] = await Promise.all([World.start(), ConsoleBrowser.open()]);
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
      '/admin/backups',
      '/admin/api-keys',
      '/cloud/nowhere',
    ];
  });
  afterAll(async () => {
    await shared.close();
    await world.stop();
  });

  /** Loaded: nothing is grey any more. */
  async function settle(page: Page): Promise<void> {
    await page.locator('h1').waitFor();
    await page.locator('.live-on').waitFor();
    await expect.poll(() => page.locator('.skeleton').count()).toBe(0);
  }

  /** How far the page can be scrolled sideways at each width: on a desk, on a tablet, on a phone. */
  async function overflowsOf(page: Page): Promise<string[]> {
    const found: string[] = [];
    for (const width of [380, 768, 1_280]) {
      await page.setViewportSize({ width, height: 900 });
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
      if (overflow > 0) found.push(`${overflow} pixels too wide for ${width}`);
      if (screenshots !== undefined) {
        const name = new URL(page.url()).pathname.slice(1).replaceAll('/', '-');
        const language = await page.locator('html').getAttribute('lang');
        await page.screenshot({ path: `${screenshots}/${name}-${language}-${width}.png`, fullPage: true });
      }
    }
    return found;
  }

  it.each([
    { colorScheme: 'light', locale: 'en-US', ground: 'rgb(246, 247, 249)', words: /[a-z]/ },
    {
      colorScheme: 'dark',
      locale: 'ja-JP',
      ground: 'rgb(14, 17, 22)',
      words: /[\u3040-\u30ff\u4e00-\u9fff]|looked at/,
    },
  ] as const)(
    'speaks $locale, fits every screen, and has nothing that axe or the browser complains of: $colorScheme',
    async ({ colorScheme, locale, ground, words }) => {
      const browser = await shared.another({ colorScheme, locale });
      const page = await browser.newPage();
      const found: string[] = [];
      for (const path of pages) {
        await page.goto(world.at(path));
        await settle(page);
        expect(await page.locator('h1').textContent(), path).toMatch(words);
        const faults = [...(await violationsOf(page)), ...(await overflowsOf(page))];
        found.push(...faults.map((fault) => `${path}: ${fault}`));
      }
      await page.goto(world.at('/admin/metrics'));
      await settle(page);
      // What the server has a name for in one language only.
      for (const help of await page.locator('.card .help, .setting-words .help').allTextContents())
        expect(help).toMatch(words);
      await page.goto(world.at('/cloud/jobs'));
      await settle(page);
      await page.locator('.page-header .button-primary').click();
      await page.getByText('$1.20').waitFor();
      found.push(...(await violationsOf(page)).map((violation) => `submit: ${violation}`));
      expect(found).toEqual([]);
      expect(browser.complaints).toEqual([]);
      expect(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')).toBe(ground);
      expect(await page.locator('html').getAttribute('lang')).toBe(locale.slice(0, 2));
    },
  );

  it('remembers language and theme as chosen', async () => {
    const browser = await shared.another({ locale: 'ja-JP', colorScheme: 'light' });
    const page = await browser.newPage();
    await page.goto(world.at('/cloud/nowhere'));
    await page.getByRole('combobox', { name: '言語' }).selectOption('en');
    await page.getByRole('combobox', { name: 'Theme' }).selectOption('dark');
    await page.reload();
    await page.getByRole('heading', { name: 'Page not found' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    expect(browser.complaints).toEqual([]);
  });
});
