import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConsoleBrowser } from './support/browser.js';
import { bytesOf } from './support/downloads.js';
import { World } from './support/world.js';

describe('the administration in the console', () => {
  let world: World;
  let browser: ConsoleBrowser;
  let page: Page;
  beforeAll(async () => {
    [world, browser] = await Promise.all([World.start(), ConsoleBrowser.open()]);
    page = await browser.newPage();
    await world.ended(await world.submit('audited'));
  });
  afterAll(async () => {
    await browser.close();
    await world.stop();
  });
  afterEach(() => {
    expect(browser.complaints).toEqual([]);
  });

  it('switches the metrics on, by template and by category, and previews and tests them', async () => {
    await page.goto(world.at('/admin/metrics'));
    await page.getByRole('button', { name: 'Show' }).click();
    const preview = page.getByRole('region', { name: 'Preview' }).locator('pre');
    await preview.getByText(/simpletuner_jobs_total 1/).waitFor();
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText(/exports nothing/).waitFor();

    await page.getByRole('switch', { name: 'Prometheus export' }).click();
    await expect.poll(() => page.getByRole('switch', { name: 'Prometheus export' }).isChecked()).toBe(true);
    await page.getByRole('button', { name: 'Use the template Minimal' }).click();
    await expect.poll(() => page.getByRole('switch', { name: 'HTTP' }).isChecked()).toBe(false);
    await page.getByRole('switch', { name: 'Audit' }).click();
    await expect.poll(() => page.getByRole('switch', { name: 'Audit' }).isChecked()).toBe(true);
    const config = await world.call('GET', '/api/cloud/metrics/config');
    expect(config).toMatchObject({ prometheus_enabled: true, prometheus_categories: ['jobs', 'audit'] });
    await preview.getByText(/simpletuner_audit_log_entries_total \d+/).waitFor();

    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText(/Answers with \d+ series/).waitFor();
    await page.getByText(world.at('/api/cloud/metrics/prometheus')).waitFor();
  });

  it('lists deliveries, shows one with its body, and replays it', async () => {
    await page.goto(world.at('/admin/webhooks'));
    await page
      .getByRole('row', { name: /Processed/ })
      .nth(1)
      .click();
    const dialog = page.getByRole('dialog', { name: 'Delivery' });
    await dialog
      .getByRole('group', { name: 'Body' })
      .getByText(/"type"/)
      .waitFor();
    await dialog.getByRole('button', { name: 'Replay' }).click();
    await page.getByText('1 delivery is processed again.').first().waitFor();
    await page.getByRole('button', { name: 'Replay what is shown' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Replay', exact: true }).click();
    await page
      .getByText(/^\d+ deliveries are processed again\.$/)
      .first()
      .waitFor();
    await page.getByRole('radio', { name: 'Given up' }).click();
    await page.getByText('No deliveries', { exact: true }).waitFor();
  });

  it('filters, verifies and exports the audit log', async () => {
    await page.goto(world.at('/admin/audit'));
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText(/All \d+ rows from 1 to \d+ are as they were written/).waitFor();

    await page.getByRole('combobox', { name: 'Event' }).selectOption('job.submitted');
    await page.getByText('1 row · page 1').waitFor();
    await page.getByRole('textbox', { name: 'Actor' }).fill('nobody');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('No row matches').waitFor();
    await page.getByRole('textbox', { name: 'Actor' }).fill('local');
    await page.getByRole('textbox', { name: 'Actor' }).press('Enter');
    await page.getByRole('row', { name: /job\.submitted/ }).click();
    await page
      .getByRole('dialog')
      .getByText(/^[0-9a-f]{64}$/)
      .first()
      .waitFor();
    await page.keyboard.press('Escape');

    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: /CSV/ }).click();
    const lines = (await bytesOf(await downloading)).toString().trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('job.submitted');
  });

  it('shows limits, secrets without values, and health', async () => {
    await page.goto(world.at('/admin/rate-limits'));
    await page.getByRole('row', { name: /webhooks .*100 \/ 60 s/ }).waitFor();
    await page.getByText('Counted in sqlite').waitFor();
    await page.goto(world.at('/admin/secrets'));
    await page.getByRole('row', { name: /REPLICATE_API_TOKEN.*Not set/ }).waitFor();
    await page.goto(world.at('/admin/health'));
    await page.getByRole('row', { name: /Healthy database/ }).waitFor();
    await page.getByRole('switch', { name: 'Ask the providers, too' }).click();
    await page.getByRole('row', { name: /provider_process/ }).waitFor();
  });
});
