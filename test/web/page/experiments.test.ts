/** The experiments in a browser: the table of a real project, and one of 3,000 rows that the test serves. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ok } from '../../../src/base/result.ts';
import type { Invocation } from '../../../src/runner/execution/executor.ts';
import type { ExperimentsAnswer } from '../../../src/web/messages.ts';
import type { PageFiles } from '../../../src/web/server/page-files.ts';
import { browserPath, openBrowser, seriousFaults, withBrowser } from '../browser.ts';
import { Served } from '../served.ts';

const text = `
stages:
  train: { uses: make, with: { name: train } }
  part:
    matrix: { method: [svd, cur], rate: [2, 25] }
    uses: make
    with: { name: "part \${matrix.method} \${matrix.rate}" }
    inputs: { from: train }
`;

function measure({ rig }: Served): void {
  const write = (stage: string, content: unknown): void => {
    rig.executor.instead.set(stage, ({ outputs }: Invocation) => {
      writeFileSync(join(outputs.out!, 'metrics.json'), JSON.stringify(content));
      writeFileSync(join(outputs.out!, 'value.txt'), stage);
      writeFileSync(join(outputs.other!, 'note.txt'), stage);
      return ok(undefined);
    });
  };
  write('train', { loss: 0.1 });
  write('part svd 2', { accuracy: 0.9, bytes: 1 });
  write('part svd 25', { accuracy: 0.8, bytes: 2 });
  write('part cur 2', { accuracy: 0.95, bytes: 3 });
  write('part cur 25', { accuracy: 0.99, bytes: 4 });
}

/** As of a sweep over three axes. */
function large(): ExperimentsAnswer {
  const methods = ['svd', 'cur', 'cur-seed', 'rows'];
  const rows = Array.from({ length: 3000 }, (_, i) => ({
    key: i.toString(16).padStart(64, '0').split('').reverse().join(''),
    stage: `part[i=${i}]`,
    cells: [methods[i % 4]!, 1 + (Math.floor(i / 4) % 30), Math.floor(i / 120), i / 3000, -i],
  }));
  const columns = [
    { name: 'method', kind: 'axis' },
    { name: 'rate', kind: 'axis' },
    { name: 'seed', kind: 'axis' },
    { name: 'accuracy', kind: 'metric' },
    { name: 'loss', kind: 'metric' },
  ] as const;
  return { columns, rows, unread: [] };
}

describe.skipIf(browserPath === undefined)(`the experiments in the page ${withBrowser}`, () => {
  let browser: Browser;
  let files: PageFiles;
  let served: Served;
  let page: Page;
  const faults: string[] = [];
  beforeAll(async () => {
    const { page: built } = JSON.parse(readFileSync('dist/build.json', 'utf8'));
    files = {
      script: readFileSync(join('dist', built.script), 'utf8'),
      style: readFileSync(join('dist', built.style), 'utf8'),
    };
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await page.context().close();
    await served.stop();
    expect(faults.splice(0)).toEqual([]);
  });

  const open = async ({
    answer,
    width = 1280,
    dark = false,
  }: {
    answer?: ExperimentsAnswer;
    width?: number;
    dark?: boolean;
  } = {}): Promise<void> => {
    served = new Served(text);
    measure(served);
    if (!answer) await served.rig.run(text);
    await served.start({ page: files });
    const context = await browser.newContext({
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
      viewport: { width, height: 800 },
    });
    context.setDefaultTimeout(0);
    page = await context.newPage();
    page.on('pageerror', (problem) => faults.push(problem.message));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    if (answer) await page.route('**/api/experiments*', (route) => route.fulfill({ json: answer }));
    await page.goto(`${served.address}/#/experiments`);
    await rows().first().waitFor();
  };
  const rows = () => page.locator('.data-rows tbody tr:not(.space)');
  const column = async (place: number): Promise<readonly string[]> =>
    (await rows().locator(`td:nth-child(${place})`).allTextContents()).map((one) => one.trim());
  const search = () => page.getByRole('searchbox');

  it('filters exactly, sorts, and says what is no filter', async () => {
    await open();
    const heads = await page.locator('.data-rows th').allTextContents();
    expect(heads).toEqual(['compare', 'key', 'method', 'rate', 'accuracy', 'bytes']);
    await search().fill('rate=2');
    await page.getByText('2 of 4 rows').waitFor();
    expect(await column(4)).toEqual(['2', '2']);
    await search().fill('accuracy>0.85 raet=2 svd');
    await page.getByText('no column is named “raet”').waitFor();
    await page.getByText('“svd” is not a filter').waitFor();
    await page.getByText('3 of 4 rows').waitFor();
    const accuracy = page.getByRole('button', { name: 'accuracy' });
    await accuracy.click();
    await page.locator('th[aria-sort="ascending"]').waitFor();
    expect(await column(5)).toEqual(['0.9', '0.95', '0.99']);
    await accuracy.click();
    await page.locator('th[aria-sort="descending"]').waitFor();
    expect(await column(5)).toEqual(['0.99', '0.95', '0.9']);
  });

  it('leads from a row to its stage, and back to the same table', async () => {
    await open();
    await search().fill('method=cur rate=25');
    await page.getByText('1 of 4 rows').waitFor();
    await rows().locator('.link').click();
    await page.locator('.panel h2', { hasText: 'part[method=cur,rate=25]' }).waitFor();
    await page.goBack();
    await rows().first().waitFor();
    expect(await search().inputValue()).toBe('method=cur rate=25');
  });

  it('shows rows side by side, and remembers columns', async () => {
    await open();
    await rows().nth(0).getByRole('checkbox').check();
    await rows().nth(3).getByRole('checkbox').check();
    const table = page.locator('.side-by-side tbody tr');
    await table.first().waitFor();
    const lines = await table.allTextContents();
    expect(lines).toEqual(['methodsvdcur', 'rate225+23', 'accuracy0.90.99+0.09', 'bytes14+3']);
    await page.getByText('Columns', { exact: true }).first().click();
    await page.getByRole('checkbox', { name: 'bytes', exact: true }).uncheck();
    await page.getByRole('checkbox', { name: 'loss', exact: true }).check();
    await page.reload();
    await rows().first().waitFor();
    expect(await page.locator('.data-rows th').allTextContents()).toEqual([
      'compare',
      'key',
      'method',
      'rate',
      'loss',
      'accuracy',
    ]);
  });

  it('draws two columns', async () => {
    await open();
    const picture = page.getByRole('img', { name: 'accuracy by rate: 4 of 4 rows' });
    await picture.waitFor();
    expect(await page.locator('.scatter .legend li').allTextContents()).toEqual([' svd', ' cur']);
    await page.getByRole('combobox', { name: 'y', exact: true }).selectOption('bytes');
    await page.getByRole('img', { name: 'bytes by rate: 4 of 4 rows' }).waitFor();
    await search().fill('rate=25');
    await page.getByRole('img', { name: 'bytes by rate: 2 of 2 rows' }).waitFor();
  });

  it('filters 3,000 rows at once, and renders few of them', async () => {
    await open({ answer: large() });
    expect(await rows().count()).toBeLessThan(60);
    // From the input event to the next frame, in the page.
    const times: number[] = [];
    for (const filter of ['rate=7', 'accuracy>0.5', '', 'method=cur seed=3', 'loss<-2000', '']) {
      times.push(
        await page.evaluate<number>(`(async () => {
          const input = document.querySelector('input[type="search"]');
          const start = performance.now();
          input.value = ${JSON.stringify(filter)};
          input.dispatchEvent(new Event('input', { bubbles: true }));
          await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
          return performance.now() - start;
        })()`),
      );
    }
    const median = times.sort((a, b) => a - b)[3]!;
    console.info(`filters 3,000 rows in ${median.toFixed(0)} ms`);
    await page.locator('.data-rows').evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await page.locator('.data-rows [aria-rowindex="3001"]').waitFor();
    expect(await rows().count()).toBeLessThan(60);
  });

  it.each([
    [1280, false],
    [400, true],
  ])('has no accessibility problem at %i px, dark: %s', async (width, dark) => {
    await open({ width, dark });
    await rows().nth(0).getByRole('checkbox').check();
    await rows().nth(1).getByRole('checkbox').check();
    await page.locator('.side-by-side').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(await page.evaluate('document.querySelector(".view").scrollWidth')).toBe(width);
  });
});
