/** A browser for the tests: an installed one, or the one in PLAYWRIGHT_CHROMIUM. */
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

/** Undefined without a browser. Tests that need one are then skipped. */
export const browserPath = places.find((path) => path !== undefined && existsSync(path));

export const withBrowser =
  browserPath === undefined ? '(skipped: no Chromium; PLAYWRIGHT_CHROMIUM names one)' : '';

export async function openBrowser(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  // As root, such as in a container, it starts only without its sandbox.
  return chromium.launch({ executablePath: browserPath!, args: ['--no-sandbox'] });
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** The accessibility problems that axe finds, one per line. The policy of the page allows only our own scripts. */
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
