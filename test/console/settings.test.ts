import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ReplicateDouble } from '../support/replicate-double.js';
import { ConsoleBrowser } from './support/browser.js';
import { World } from './support/world.js';

const QUESTION =
  'Disabling SSL verification is a security risk. Only do this if you have a self-signed certificate or are behind a corporate proxy. Continue?';

interface Settings {
  readonly settings: Readonly<Record<string, unknown>>;
}

describe('the Advanced Configuration of the console', () => {
  let world: World;
  let browser: ConsoleBrowser;
  let page: Page;
  let replicate: ReplicateDouble;
  beforeAll(async () => {
    replicate = await ReplicateDouble.start();
    [world, browser] = await Promise.all([
      World.start({
        SIMPLETUNER_HTTP_TIMEOUT: '45',
        SIMPLETUNER_PUBLIC_URL: 'https://127.0.0.1:9',
        REPLICATE_API_BASE_URL: replicate.baseUrl,
        SIMPLETUNER_EGRESS_ALLOW: '127.0.0.1',
      }),
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

  const open = async (provider = 'replicate', on = page): Promise<void> => {
    await on.goto(world.at(`/cloud/configuration/${provider}`));
    await on.getByRole('switch', { name: 'SSL Verification' }).waitFor();
  };
  const stored = async (provider = 'replicate') =>
    (await world.call<Settings>('GET', `/api/cloud/providers/${provider}`)).settings;

  const tokenSource = async (): Promise<string | null | undefined> => {
    const { secrets } = await world.call<{ secrets: { name: string; source: string | null }[] }>(
      'GET',
      '/api/cloud/secrets',
    );
    return secrets.find(({ name }) => name === 'REPLICATE_API_TOKEN')?.source;
  };

  it('saves a value as it is changed, says so, and shows where it comes from', async () => {
    await open();
    const field = page.getByRole('textbox', { name: 'Proxy URL' });
    await field.fill('http://someone:secret@proxy.example.com:8080');
    await field.press('Enter');
    await page.getByLabel('Proxy URL is saved').waitFor();
    expect((await stored())['proxy_url']).toBe('http://***:***@proxy.example.com:8080');

    await page.reload();
    await expect.poll(() => field.inputValue()).toBe('http://***:***@proxy.example.com:8080');
    await page.getByRole('button', { name: 'Reset to default: Proxy URL' }).click();
    await expect.poll(() => field.inputValue()).toBe('');
    expect((await stored())['proxy_url']).toBe('');
  });

  it('locks what the environment sets', async () => {
    await open();
    const timeout = page.getByRole('textbox', { name: 'HTTP Timeout' });
    expect(await timeout.inputValue()).toBe('45');
    expect(await timeout.isDisabled()).toBe(true);
    expect(await page.getByText('Set by the environment').count()).toBe(1);
  });

  it('says beside the field what the server does not take, and keeps what was typed', async () => {
    await open();
    const bundle = page.getByRole('textbox', { name: 'CA Bundle Path' });
    await bundle.fill('/nowhere/ca.pem');
    await bundle.press('Enter');
    await page
      .getByRole('alert')
      .getByText(/read|exist|found/)
      .waitFor();
    expect(await bundle.inputValue()).toBe('/nowhere/ca.pem');
    await bundle.press('Escape');
    expect(await bundle.inputValue()).toBe('');
    expect(browser.takeRefusals(422)).toBe(1);
  });

  it('adds and removes ranges one by one, and shows a bad one inline', async () => {
    await open();
    const draft = page.getByRole('textbox', { name: 'Address or range to add' });
    for (const range of ['10.0.0.0/8', '2001:db8::/32']) {
      await draft.fill(range);
      await draft.press('Enter');
      await page.getByRole('button', { name: `Remove ${range}` }).waitFor();
    }
    await draft.fill('10.0.0.0/99');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page
      .getByRole('alert')
      .getByText(/10\.0\.0\.0\/99/)
      .waitFor();
    expect(await draft.inputValue()).toBe('10.0.0.0/99');
    expect(browser.takeRefusals(400)).toBe(1);
    expect((await stored())['webhook_allowed_ips']).toEqual(['10.0.0.0/8', '2001:db8::/32']);

    await page.getByRole('button', { name: 'Remove 10.0.0.0/8' }).click();
    await expect.poll(() => page.getByRole('button', { name: 'Remove 10.0.0.0/8' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Remove 2001:db8::/32' }).click();
    await page.getByText('Any address may deliver.').waitFor();
    expect((await stored())['webhook_allowed_ips']).toEqual([]);
  });

  it('does not write over what somebody else has changed meanwhile', async () => {
    await open();
    await world.call('PUT', '/api/cloud/providers/replicate', { max_runtime_minutes: 90 });
    const version = page.getByRole('textbox', { name: 'Trainer version' });
    await version.fill('v1');
    await version.press('Enter');
    await page.getByText(/Somebody else has changed these settings/).waitFor();
    await expect.poll(() => page.getByRole('textbox', { name: 'Longest run' }).inputValue()).toBe('90');
    expect((await stored())['version_override']).toBe('');
    expect(browser.takeRefusals(412)).toBe(1);
    await version.fill('v2');
    await version.press('Enter');
    await page.getByLabel('Trainer version is saved').waitFor();
    expect((await stored())['version_override']).toBe('v2');
  });

  it('does not write over it either when the page has read it while one was typing', async () => {
    const other = await browser.newPage();
    await other.clock.install();
    await open('replicate', other);
    const version = other.getByRole('textbox', { name: 'Trainer version' });
    await version.fill('mine');
    await world.call('PUT', '/api/cloud/providers/replicate', { version_override: 'theirs' });
    const isRead = other.waitForResponse((answer) => answer.url().endsWith('/api/cloud/providers/replicate'));
    await other.clock.fastForward(31_000);
    await (await isRead).finished();
    await version.press('Enter');
    await other.getByText(/Somebody else has changed these settings/).waitFor();
    expect((await stored())['version_override']).toBe('theirs');
    await version.press('Enter');
    await other.getByLabel('Trainer version is saved').waitFor();
    expect((await stored())['version_override']).toBe('mine');
    await other.close();
  });

  it('asks once per browser session before certificates go unverified, and shows a banner while they do', async () => {
    await open();
    const toggle = page.getByRole('switch', { name: 'SSL Verification' });
    const dialog = page.getByRole('dialog', { name: 'SSL Verification' });
    const banner = page.getByText('SSL verification is off for');

    await toggle.click();
    expect(await dialog.locator('p').first().textContent()).toBe(QUESTION);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(await toggle.isChecked()).toBe(true);
    expect((await stored())['ssl_verify']).toBe(true);
    expect(await banner.count()).toBe(0);

    await toggle.click();
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog.count()).toBe(0);
    expect(await toggle.isChecked()).toBe(true);

    await toggle.click();
    await dialog.getByRole('button', { name: 'OK' }).click();
    await banner.waitFor();
    expect(await toggle.isChecked()).toBe(false);
    expect((await stored())['ssl_verify']).toBe(false);

    await toggle.click();
    await expect.poll(() => banner.count()).toBe(0);
    await toggle.click();
    await banner.waitFor();
    expect(await dialog.count()).toBe(0);

    const other = await browser.newPage();
    await open('process', other);
    await other.getByRole('switch', { name: 'SSL Verification' }).click();
    await other.getByRole('dialog').getByText(QUESTION).waitFor();
    await other.close();
  });

  it('shows at which step the way to the provider ends, and that of its webhooks back', async () => {
    await open('replicate');
    replicate.faults.push({ kind: 'reset', afterDoing: false });
    await page.getByRole('button', { name: 'Test connection' }).click();
    await page.getByRole('list', { name: 'Test connection' }).getByText('Failed').first().waitFor();
    await open('process');
    await page.getByRole('button', { name: 'Test webhook' }).click();
    // Nothing listens at the public URL.
    const steps = page.getByRole('list', { name: 'Test webhook' }).getByRole('listitem');
    await steps.filter({ hasText: /^tcp\s*Failed/ }).waitFor();
    expect(await steps.filter({ hasText: 'Failed' }).count()).toBe(1);
  });

  it('stores a token that is never shown again', async () => {
    await open();
    await page.getByLabel('API token').fill(ReplicateDouble.token);
    await page.getByRole('button', { name: 'Store token' }).click();
    await expect.poll(() => page.getByLabel('API token').inputValue()).toBe('');
    expect(await page.content()).not.toContain(ReplicateDouble.token);
    expect(await tokenSource()).toBe('file');
  });

  it('shows every step of a way that is open to its end', async () => {
    await world.call('PUT', '/api/cloud/providers/replicate', { proxy_url: '', webhook_url: world.server.ops });
    await open('replicate');
    for (const name of ['Test connection', 'Test webhook']) {
      await page.getByRole('button', { name }).click();
      const steps = page.getByRole('list', { name }).getByRole('listitem');
      await steps.first().waitFor();
      expect(await steps.count(), name).toBeGreaterThan(1);
      expect(await steps.filter({ hasText: 'Failed' }).allInnerTexts(), name).toEqual([]);
    }
    expect(replicate.requests.map(({ path }) => path)).toContain('/v1/account');
  });

  it('removes the token again', async () => {
    await open();
    await page.getByRole('button', { name: 'Remove the stored token' }).click();
    await expect.poll(tokenSource).toBeNull();
    await page.getByText('No API token for Replicate is set').waitFor();
  });
});
