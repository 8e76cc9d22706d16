/** The experiments in a browser: the table of a real project, and one of 3,000 rows that the test serves. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { until } from '../../until.ts';
import { browserPath, seriousFaults, withBrowser } from '../browser.ts';
import { ExperimentsRig, large } from './experiments-rig.ts';

describe.skipIf(browserPath === undefined)(`the experiments in the page ${withBrowser}`, () => {
  const rig = new ExperimentsRig();
  let page: Page;
  const open = async (...options: Parameters<typeof rig.openExperiments>): Promise<void> => {
    await rig.openExperiments(...options);
    page = rig.page;
  };
  const search = () => rig.search();
  const rows = () => rig.rows();
  const column = async (place: number): Promise<readonly string[]> =>
    (await rows().locator(`td:nth-child(${place})`).allTextContents()).map((one) => one.trim());

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
    expect(await page.locator('[aria-label="Scatter"] .legend li').allTextContents()).toEqual([
      ' svd',
      ' cur',
    ]);
    await page.getByRole('combobox', { name: 'y', exact: true }).selectOption('bytes');
    await page.getByRole('img', { name: 'bytes by rate: 4 of 4 rows' }).waitFor();
    await search().fill('rate=25');
    await page.getByRole('img', { name: 'bytes by rate: 2 of 2 rows' }).waitFor();
  });

  it('filters 3,000 rows at once, and renders few of them', async () => {
    await open({ answer: large(3000) });
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

  it('shows rows down to the end of a box that has grown', async () => {
    await open({ answer: large(3000) });
    await page.setViewportSize({ width: 1280, height: 2400 });
    const gap = () =>
      page.evaluate<number>(`(() => {
        const box = document.querySelector('.data-rows');
        const rows = box.querySelectorAll('tbody tr:not(.space)');
        const { bottom } = box.getBoundingClientRect();
        return bottom - rows[rows.length - 1].getBoundingClientRect().bottom;
      })()`);
    await until(async () => (await gap()) < 0);
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
