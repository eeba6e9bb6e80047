import { existsSync, truncateSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { violationsOf } from './support/accessibility.js';
import { ConsoleBrowser } from './support/browser.js';
import { World } from './support/world.js';

interface Backup {
  readonly id: string;
  readonly path: string;
  readonly compressed: boolean;
  readonly trigger: string;
}

describe('the backups of the console', () => {
  let world: World;
  let browser: ConsoleBrowser;
  let page: Page;
  beforeAll(async () => {
    [world, browser] = await Promise.all([
      World.start({ SIMPLETUNER_BACKUP_SCHEDULE: '0 3 1 1 *', SIMPLETUNER_BACKUP_RETENTION_DAYS: '7' }),
      ConsoleBrowser.open(),
    ]);
    page = await browser.newPage();
  });
  afterAll(async () => {
    await browser.close();
    await world.stop();
  });
  afterEach(() => {
    expect(browser.complaints).toEqual([]);
  });

  const stored = async () => (await world.call<{ backups: Backup[] }>('GET', '/api/backup')).backups;
  const act = async ({ id }: Backup, action: string): Promise<void> => {
    await page.getByRole('button', { name: `Actions for ${id}` }).click();
    await page.getByRole('menuitem', { name: action }).click();
  };

  it('makes one, shows what is in it, and proves it again', async () => {
    await world.ended(await world.submit('kept', { epochs: -1 }));
    await page.goto(world.at('/admin/backups'));
    await page.getByText('No backups yet').waitFor();
    await page.getByText('0 3 1 1 * (UTC)').waitFor();
    await page.getByRole('switch', { name: 'Compressed' }).click();
    await page.getByRole('button', { name: 'Back up now' }).click();
    await page
      .getByText(/ is made and proved, /)
      .first()
      .waitFor();
    const [backup] = await stored();
    expect(backup).toMatchObject({ compressed: true, trigger: 'manual' });

    await page
      .getByRole('row', { name: /Proved .* On request .* 1 Actions/ })
      .getByRole('button')
      .first()
      .click();
    const dialog = page.getByRole('dialog', { name: backup!.id });
    await dialog.getByText(backup!.path).waitFor();
    await dialog.getByText(/^Restored to scratch on /).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await act(backup!, 'Verify');
    await page.getByText(`${backup!.id} is sound`).first().waitFor();
  });

  it('puts one in the place of the records only when its name is typed, and keeps what was there', async () => {
    const [backup] = await stored();
    await world.ended(await world.submit('later', { epochs: -1 }));
    await act(backup!, 'Restore');
    const dialog = page.getByRole('dialog', { name: 'Replace all records?' });
    await dialog.getByText('may still run, and cost, at their provider').waitFor();
    const restore = dialog.getByRole('button', { name: 'Restore' });
    expect(await restore.isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('jobs');
    expect(await restore.isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill(backup!.id);
    await restore.click();
    await page.getByText(`The records are those of ${backup!.id}`).first().waitFor();
    await page.getByRole('row', { name: /Before a restore .* 2 Actions/ }).waitFor();
    const { jobs } = await world.call<{ jobs: { tracker_run_name: string }[] }>('GET', '/api/cloud/jobs');
    expect(jobs.map((job) => job.tracker_run_name)).toEqual(['kept']);

    await page.getByRole('link', { name: 'Jobs', exact: true }).click();
    await page.getByText('1 job · page 1').waitFor();
    expect(await page.getByRole('link', { name: 'later' }).count()).toBe(0);
    await page.goBack();
  });

  it('says what is wrong with a damaged one, removes it, and never the last good one', async () => {
    const [safety, backup] = await stored();
    expect([safety!.trigger, backup!.trigger]).toEqual(['safety', 'manual']);
    truncateSync(safety!.path, 1_000);
    await act(safety!, 'Verify');
    await page.getByText(`The backup ${safety!.id} is damaged`).first().waitFor();
    await act(safety!, 'Delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText(`${safety!.id} is deleted.`).first().waitFor();
    expect(existsSync(safety!.path)).toBe(false);

    await act(backup!, 'Delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('alert').getByText('is the last good backup').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    expect(browser.takeRefusals(409)).toBe(2);

    await page.getByRole('button', { name: 'Delete old ones' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete old backups?' });
    await dialog.getByText('older than 7 days').waitFor();
    await dialog.getByRole('button', { name: 'Delete old ones' }).click();
    await page.getByText('None is older than the retention.').first().waitFor();
    expect(await stored()).toHaveLength(1);
  });
});
