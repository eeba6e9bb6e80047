import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the one browser that all suites of the console look through, each with contexts of its own. */
    readonly browserAddress: string;
  }
}

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

export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const browser = await chromium.launchServer({ executablePath: EXECUTABLE, args: flags, host: '127.0.0.1' });
  provide('browserAddress', browser.wsEndpoint());
  return () => browser.close();
}
