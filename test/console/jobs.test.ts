import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConsoleBrowser } from './support/browser.js';
import { bytesOf } from './support/downloads.js';
import { SHORT_RUN, World } from './support/world.js';

describe('the jobs of the console', () => {
  let world: World;
  let browser: ConsoleBrowser;
  let page: Page;
  beforeAll(async () => {
    [world, browser] = await Promise.all([World.start(), ConsoleBrowser.open()]);
    page = await browser.newPage();
  });
  afterAll(async () => {
    await browser.close();
    await world.stop();
  });
  afterEach(() => {
    expect(browser.complaints).toEqual([]);
  });

  it('says what a job is while there is none', async () => {
    await page.goto(world.at('/'));
    await page.getByText('No jobs yet').waitFor();
    expect(new URL(page.url()).pathname).toBe('/cloud/jobs');
  });

  it('takes a job from the form by keyboard alone, and shows it live to its end', async () => {
    await page.goto(world.at('/cloud/jobs'));
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Submit a job' }).first().focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Submit a job' });
    await dialog.getByText('$1.20 per hour').waitFor();
    expect(await dialog.getByLabel('Provider').and(page.locator(':focus')).count()).toBe(1);
    // Hardware, then the name, then the configuration.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('first run');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('[1]');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await dialog.getByText('This is not a JSON object.').waitFor();
    await dialog.getByLabel('Configuration').focus();
    await page.keyboard.press('Control+A');
    await page.keyboard.type(JSON.stringify(SHORT_RUN));
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');

    await page.getByRole('heading', { level: 1, name: 'first run' }).waitFor();
    const badge = page.locator('.job-line .badge');
    await expect.poll(() => badge.textContent(), { timeout: 45_000 }).toBe('Completed');
    // Nothing was loaded anew: what is seen came over the streams.
    await page.getByRole('region', { name: 'Log' }).getByText('training_complete').waitFor();
    await page.getByText('model.safetensors', { exact: true }).waitFor();
    await page.getByText(/^From metrics\.jsonl$/).waitFor();
    await page.getByText(/^loss: last 0\.\d+/).waitFor();
    expect(await page.locator('.chart canvas').count()).toBe(1);
    const sample = page.getByRole('button', { name: 'samples.png', exact: true }).locator('img');
    await sample.scrollIntoViewIfNeeded();
    const width = () =>
      sample.evaluate((image) => (image as unknown as { readonly naturalWidth: number }).naturalWidth);
    await expect.poll(width).toBeGreaterThan(100);
    await sample.click();
    await page.getByRole('dialog', { name: 'samples.png' }).getByRole('img', { name: 'samples.png' }).waitFor();
    await page.keyboard.press('Escape');

    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download the log' }).click();
    expect((await bytesOf(await downloading)).toString()).toContain('training_complete');
  });

  it('shows how much of a cost limit is used, and what it refuses or warns of', async () => {
    const provider = '/api/cloud/providers/process';
    const limit = { cost_limit_enabled: true, cost_limit_amount: 0.0001, cost_limit_period: 'daily' };
    await world.call('PUT', provider, { ...limit, cost_limit_action: 'block' });
    await page.goto(world.at('/cloud/jobs'));
    const limits = page.getByRole('list', { name: 'Cost limits' });
    await limits.getByText('The limit is reached: further jobs are refused.').waitFor();
    await page.getByRole('button', { name: 'Submit a job' }).click();
    const dialog = page.getByRole('dialog', { name: 'Submit a job' });
    await dialog.getByText('further jobs are refused').waitFor();
    await dialog.getByLabel('Configuration').fill('{"epochs": -1}');
    await dialog.getByRole('button', { name: 'Submit' }).click();
    await dialog
      .getByRole('alert')
      .getByText(/^Cost limit of process \(\$0\.00 daily\) would be exceeded/)
      .waitFor();
    expect(browser.takeRefusals(429)).toBe(1);

    await world.call('PUT', provider, { cost_limit_action: 'warn' });
    await dialog.getByRole('button', { name: 'Submit' }).click();
    await page
      .getByText(/^Cost limit of process .* is exceeded/)
      .first()
      .waitFor();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await world.call('PUT', provider, { cost_limit_enabled: false });
  });

  it('shows what others submit, cancels it, and retries what has ended', async () => {
    await page.goto(world.at('/cloud/jobs'));
    await page.getByText('Live', { exact: true }).waitFor();
    await world.submit('long run', { max_train_steps: 100_000, epochs: 1_000, step_delay_ms: 50 });
    const row = page.getByRole('row', { name: /long run/ });
    await row.getByText('Running').waitFor();
    await row.getByText(/Training/).waitFor();

    await row.getByRole('button', { name: 'Actions for long run' }).click();
    await page.getByRole('menuitem', { name: 'Cancel job' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel job' }).click();
    await row.getByText('Cancelled').waitFor();

    await page.getByRole('link', { name: 'first run' }).click();
    const first = page.url();
    await page.getByRole('button', { name: 'Retry' }).click();
    await expect.poll(() => page.url()).not.toBe(first);
    await page.getByRole('heading', { level: 1, name: 'first run' }).waitFor();
  });

  it('narrows the list by what stands in the address, and deletes', async () => {
    const failed = await world.submit('bad settings', { epochs: -1 });
    expect(await world.ended(failed)).toBe('failed');
    await page.goto(world.at('/cloud/jobs?view=failed'));
    await page.getByRole('link', { name: 'bad settings' }).waitFor();
    expect(await page.getByRole('link', { name: 'first run' }).count()).toBe(0);
    await page.getByRole('searchbox').fill('first');
    await page.getByText('No job matches these filters').waitFor();
    expect(new URL(page.url()).search).toBe('?view=failed&q=first');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByRole('link', { name: 'first run' }).first().waitFor();

    await page.getByRole('link', { name: 'bad settings' }).click();
    await page
      .getByText(/exited with code 2/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete job' }).click();
    await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
    await expect.poll(() => page.getByRole('link', { name: 'bad settings' }).count()).toBe(0);
  });

  it('turns the pages of a long list by cursor', async () => {
    await world.call('PUT', '/api/cloud/providers/process', { max_concurrent: 1 });
    const wish = { max_train_steps: 100_000, epochs: 1_000, step_delay_ms: 50 };
    await world.submit('queued first', wish);
    await Promise.all(Array.from({ length: 50 }, (_, count) => world.submit(`queued ${count}`, wish)));
    await world.submit('queued last', wish);
    await page.goto(world.at('/cloud/jobs?q=queued'));
    await page.getByText('52 jobs · page 1').waitFor();
    expect(await page.getByRole('row').count()).toBe(51);
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByText('52 jobs · page 2').waitFor();
    await page.getByRole('link', { name: 'queued first' }).waitFor();
    expect(await page.getByRole('button', { name: 'Older' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Newer' }).click();
    await page.getByRole('link', { name: 'queued last' }).waitFor();
  });
});
