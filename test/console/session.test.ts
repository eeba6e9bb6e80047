import { request, type IncomingMessage } from 'node:http';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violationsOf } from './support/accessibility.js';
import { ConsoleBrowser } from './support/browser.js';
import { World } from './support/world.js';

let world: World;
let jobId: string;
beforeAll(async () => {
  world = await World.start();
  jobId = await world.submit('seen from afar');
});
afterAll(() => world.stop());

/** By hand on the server's own machine, where one is the admin. */
async function makeKey(page: Page): Promise<string> {
  await page.goto(world.at('/admin/api-keys'));
  await page.getByText('No keys yet').waitFor();
  await page.getByRole('button', { name: 'New key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('viewer');
  await dialog.getByLabel('May').selectOption({ label: 'Look at jobs and settings' });
  await dialog.getByRole('button', { name: 'New key' }).click();
  await dialog.getByText('Keep it now').waitFor();
  const key = await dialog.getByText(/^st_\w{32}$/).innerText();
  expect(await violationsOf(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByRole('row', { name: /Active viewer/ }).waitFor();
  expect(await page.content()).not.toContain(key);
  return key;
}

describe('the console from another machine', () => {
  it('asks for an API key, keeps it in the tab, and shows what it allows', async () => {
    const local = await ConsoleBrowser.open();
    const keys = await local.newPage();
    const key = await makeKey(keys);
    // A forwarding header is what tells a caller behind a proxy from one on this machine.
    const browser = await local.another({ extraHTTPHeaders: { 'X-Forwarded-For': '203.0.113.9' } });
    const page = await browser.newPage();
    await page.goto(world.at(`/cloud/jobs/${jobId}`));
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.getByLabel('API key').fill('st_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The server does not know this key').waitFor();
    await page.getByLabel('API key').fill(key);
    await page.getByLabel('API key').press('Enter');

    await page.getByRole('heading', { level: 1, name: 'seen from afar' }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('region', { name: 'Log' }).getByText('training_complete').waitFor();
    await page.locator('.job-line').getByText('Completed').waitFor();
    const sample = page.getByRole('button', { name: 'samples.png', exact: true }).locator('img');
    await sample.scrollIntoViewIfNeeded();
    expect(await sample.getAttribute('src')).toMatch(/^blob:/);
    const navigation = page.getByRole('navigation', { name: 'Main navigation' });
    expect(await navigation.getByRole('link').allTextContents()).toEqual(['Jobs', 'Advanced Configuration', 'Health']);
    expect(await page.getByRole('button', { name: 'Retry' }).count()).toBe(0);

    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'seen from afar' }).waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download config.json' }).click();
    expect((await download).suggestedFilename()).toBe('config.json');

    await page.goto(world.at('/cloud/configuration/process'));
    expect(await page.getByRole('switch', { name: 'SSL Verification' }).isDisabled()).toBe(true);

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();

    await keys.getByRole('button', { name: 'Revoke viewer' }).click();
    await keys.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await keys.getByRole('row', { name: /Revoked viewer/ }).waitFor();
    await page.getByLabel('API key').fill(key);
    await page.getByLabel('API key').press('Enter');
    await page.getByText('The server does not know this key').waitFor();
    expect(browser.takeRefusals(401)).toBeGreaterThan(0);
    expect(browser.complaints).toEqual([]);
    await local.close();
  });
});

describe('the files of the console', () => {
  /** By hand: fetch unpacks without a word, and asks for nothing old beside a condition of one's own. */
  const head = (path: string, headers: Record<string, string>): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      request(world.at(path), { headers }, (response) => resolve(response.resume()))
        .on('error', reject)
        .end();
    });
  const get = (path: string, headers: Record<string, string> = {}) => world.server.get(path, { headers });

  it('are kept for good where their name says what is in them, and asked for anew where it does not', async () => {
    const page = await get('/');
    expect(page.status).toBe(200);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const html = await page.text();
    const script = /src="(\/static\/[\w-]+-[\w-]+\.js)"/.exec(html)?.[1] ?? '';
    const again = await head('/cloud/jobs', { 'If-None-Match': page.headers.get('etag') ?? '' });
    expect(again.statusCode).toBe(304);

    const answer = await get(script);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect((await head(script, { 'Accept-Encoding': 'gzip' })).headers['content-encoding']).toBe('gzip');
  });

  it('hold nothing inline', async () => {
    const html = await (await get('/')).text();
    expect(html).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son\w+=/);
    expect((await get('/')).headers.get('content-security-policy')).not.toMatch(/unsafe/);
  });

  it('leave the API alone, and what is not there is not found', async () => {
    for (const path of ['/api/nowhere', '/api', '/static/nothing.js', '/static/..%2fserver.js', '/static/', '/other']) {
      const answer = await get(path);
      expect(answer.status, path).toBe(404);
      expect(((await answer.json()) as { error: string }).error, path).toBe('not_found');
    }
    expect((await world.server.send('POST', '/cloud/jobs', {})).status).toBe(404);
  });
});
