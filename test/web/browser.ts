/** A browser to look at pages with: one that the machine has, or the one that PLAYWRIGHT_CHROMIUM names. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';

const places = [
  process.env.PLAYWRIGHT_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Undefined where there is none: then what needs one is skipped. */
export const browserPath = places.find((path) => path !== undefined && existsSync(path));

export const withBrowser =
  browserPath === undefined ? '(skipped: no Chromium; PLAYWRIGHT_CHROMIUM names one)' : '';

export async function openBrowser(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  // As root, as in a container, it starts without its sandbox alone.
  return chromium.launch({ executablePath: browserPath!, args: ['--no-sandbox'] });
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe finds that keeps people out: a line a fault. The policy of the page lets in no script but ours. */
export async function seriousFaults(page: Page): Promise<readonly string[]> {
  const { readFileSync } = await import('node:fs');
  await page.evaluate(readFileSync(axe, 'utf8'));
  const { violations } = (await page.evaluate('axe.run()')) as {
    violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
  };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]!.html} ${nodes[0]!.failureSummary}`);
}
