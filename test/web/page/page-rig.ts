/** The page in a browser, with the server and a project whose stages the test controls. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { PageFiles } from '../../../src/web/server/page-files.ts';
import { openBrowser } from '../browser.ts';
import { Served, TOKEN } from '../served.ts';

export interface OpenOptions {
  /** In the page: `#/experiments`. */
  readonly address?: string;
  readonly allowRun?: boolean;
  readonly dark?: boolean;
  readonly width?: number;
  readonly height?: number;
  /** Before the server starts. */
  readonly before?: (one: Served) => Promise<unknown> | unknown;
  /** Before the page is loaded. */
  readonly prepare?: (page: Page) => Promise<unknown>;
  /** The test lets requests fail, which the browser reports. */
  readonly hasFailures?: boolean;
}

/** Opens pages for the tests of one `describe`, and closes them after each test. */
export class PageRig {
  page!: Page;
  private browser!: Browser;
  private files!: PageFiles;
  private served: Served | undefined;
  /** The page of all tests that prepare none. A new page is two processes of the browser. */
  private lasting: Page | undefined;
  private readonly faults: string[] = [];
  private hasFailures = false;

  constructor() {
    beforeAll(async () => {
      const { page } = JSON.parse(readFileSync('dist/build.json', 'utf8'));
      this.files = {
        script: readFileSync(join('dist', page.script), 'utf8'),
        style: readFileSync(join('dist', page.style), 'utf8'),
      };
      this.browser = await openBrowser();
    });
    afterAll(() => this.browser.close());
    afterEach(async () => {
      await this.leave();
      await this.served?.stop();
      this.served = undefined;
      // Violations of the policy and exceptions would be reported here.
      const faults = this.faults.splice(0);
      const isExpected = (fault: string) =>
        this.hasFailures && fault.startsWith('Failed to load resource');
      expect(faults.filter((fault) => !isExpected(fault))).toEqual([]);
    });
  }

  async open(pipeline: string, options: OpenOptions = {}): Promise<Served> {
    const { allowRun = false, dark = false, width = 1280, height = 800 } = options;
    const served = new Served(pipeline);
    this.served = served;
    this.hasFailures = options.hasFailures ?? false;
    await options.before?.(served);
    await served.start({ allowRun, page: this.files });
    if (options.prepare || !this.lasting) this.page = await this.newPage();
    else this.page = this.lasting;
    if (!options.prepare) this.lasting = this.page;
    const { page } = this;
    await page.setViewportSize({ width, height });
    const colorScheme = dark ? 'dark' : 'light';
    await page.emulateMedia({ media: null, colorScheme, reducedMotion: 'reduce' });
    await options.prepare?.(page);
    const address = options.address ?? (allowRun ? `#token=${TOKEN}` : '');
    await page.goto(`${served.address}/${address}`);
    await page.locator('.legend li').first().waitFor();
    return served;
  }

  private async newPage(): Promise<Page> {
    const context = await this.browser.newContext();
    // The timeout of the test ends the wait.
    context.setDefaultTimeout(0);
    const page = await context.newPage();
    page.on('pageerror', (problem) => this.faults.push(problem.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.faults.push(message.text());
    });
    return page;
  }

  private async leave(): Promise<void> {
    if (this.page !== this.lasting) return this.page.context().close();
    await this.page.evaluate('localStorage.clear(), sessionStorage.clear()');
    await this.page.goto('about:blank');
    await this.page.mouse.move(0, 0);
  }

  /** A page of another origin, in the same browser. */
  otherPage(): Promise<Page> {
    return this.browser.newPage();
  }

  /** What is wider than the window cannot be seen. */
  overflow(): Promise<readonly string[]> {
    return this.page.evaluate<readonly string[]>(
      `[document.documentElement, ...document.querySelectorAll('.view, .panel')]
        .filter((one) => one.scrollWidth > one.clientWidth)
        .map((one) => one.className + ' ' + one.scrollWidth)`,
    );
  }
}

/** The stage writes these numbers when it runs. */
export function measure({ rig }: Served, stage: string, numbers: object): void {
  rig.executor.writes(stage, { 'metrics.json': JSON.stringify(numbers), 'value.txt': stage });
}
