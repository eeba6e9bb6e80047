import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';

/** Debian's; nothing is downloaded. */
const EXECUTABLE = '/usr/bin/chromium';
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser with an empty profile. Whatever a page complains of on its console is kept, to be asserted empty. */
export class ConsoleBrowser {
  /** Errors and warnings of all pages: exceptions, refused styles and scripts, failed requests. */
  readonly complaints: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    private readonly profile: string,
  ) {}

  static async open(options: BrowserContextOptions = {}): Promise<ConsoleBrowser> {
    const profile = mkdtempSync(join(tmpdir(), 'simpletuner-chromium-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: EXECUTABLE,
      args: flags,
      viewport: { width: 1_280, height: 900 },
      locale: 'en-US',
      ...options,
    });
    context.setDefaultTimeout(20_000);
    const browser = new ConsoleBrowser(context, profile);
    context.on('page', (page) => browser.listen(page));
    for (const page of context.pages()) browser.listen(page);
    return browser;
  }

  async newPage(): Promise<Page> {
    return this.context.newPage();
  }

  async close(): Promise<void> {
    await this.context.close();
    rmSync(this.profile, { recursive: true, force: true });
  }

  /** What the test makes the server refuse, which the browser reports for every request that is answered so. */
  takeRefusals(...statuses: readonly number[]): number {
    const isExpected = (text: string) =>
      statuses.some((status) =>
        text.startsWith(`Failed to load resource: the server responded with a status of ${status}`),
      );
    const expected = this.complaints.filter(isExpected);
    const rest = this.complaints.filter((text) => !isExpected(text));
    this.complaints.splice(0, this.complaints.length, ...rest);
    return expected.length;
  }

  private listen(page: Page): void {
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
  }
}
