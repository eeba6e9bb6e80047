import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { inject } from 'vitest';

/** A browser that knows nothing yet. Whatever a page complains of on its console is kept, to be asserted empty. */
export class ConsoleBrowser {
  /** Errors and warnings of all pages: exceptions, refused styles and scripts, failed requests. */
  readonly complaints: string[] = [];

  private constructor(
    private readonly browser: Browser,
    private readonly context: BrowserContext,
  ) {
    context.setDefaultTimeout(20_000);
    context.on('page', (page) => this.listen(page));
  }

  static async open(options: BrowserContextOptions = {}): Promise<ConsoleBrowser> {
    const browser = await chromium.connect(inject('browserAddress'));
    return new ConsoleBrowser(browser, await contextOf(browser, options));
  }

  /** As if another person had opened one: it shares nothing with this one but the connection, and ends with it. */
  async another(options: BrowserContextOptions = {}): Promise<ConsoleBrowser> {
    return new ConsoleBrowser(this.browser, await contextOf(this.browser, options));
  }

  newPage(): Promise<Page> {
    return this.context.newPage();
  }

  async close(): Promise<void> {
    await this.browser.close();
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

function contextOf(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  return browser.newContext({ viewport: { width: 1_280, height: 900 }, locale: 'en-US', ...options });
}
