/** The experiments in a browser: the table of a real project, and one of 3,000 rows that the test serves. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { ExperimentsAnswer } from '../../../src/web/messages.ts';
import { browserPath, seriousFaults, withBrowser } from '../browser.ts';
import type { Served } from '../served.ts';
import { measure, type OpenOptions, PageRig } from './page-rig.ts';

const text = `
stages:
  train: { uses: make, with: { name: train } }
  part:
    matrix: { method: [svd, cur], rate: [2, 25] }
    uses: make
    with: { name: "part \${matrix.method} \${matrix.rate}" }
    inputs: { from: train }
`;

async function runAll(one: Served): Promise<void> {
  measure(one, 'train', { loss: 0.1 });
  measure(one, 'part svd 2', { accuracy: 0.9, bytes: 1 });
  measure(one, 'part svd 25', { accuracy: 0.8, bytes: 2 });
  measure(one, 'part cur 2', { accuracy: 0.95, bytes: 3 });
  measure(one, 'part cur 25', { accuracy: 0.99, bytes: 4 });
  await one.rig.run(text);
}

/** As of a sweep over three axes. */
function large(count: number): ExperimentsAnswer {
  const methods = ['svd', 'cur', 'cur-seed', 'rows'];
  const rows = Array.from({ length: count }, (_, i) => ({
    key: i.toString(16).padStart(64, '0').split('').reverse().join(''),
    stage: `part[i=${i}]`,
    cells: [methods[i % 4]!, 1 + (Math.floor(i / 4) % 30), Math.floor(i / 120), i / count, -i],
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
  const rig = new PageRig();
  let page: Page;
  const open = async ({
    answer,
    ...options
  }: OpenOptions & { readonly answer?: ExperimentsAnswer } = {}): Promise<void> => {
    await rig.open(text, {
      ...options,
      address: '#/experiments',
      ...(answer
        ? {
            prepare: (to) =>
              to.route('**/api/experiments*', (one) => one.fulfill({ json: answer })),
          }
        : { before: runAll }),
    });
    page = rig.page;
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

  const lines = () => page.locator('.parallel .chart-box');
  const drawn = (says: string) => page.locator(`.parallel svg[aria-label*="${says}"]`);

  it('draws parallel coordinates of chosen columns, whose lines the filter chooses', async () => {
    await open();
    await drawn('of method, rate, accuracy, bytes: 4 of 4 rows').waitFor();
    await page.locator('.parallel summary').click();
    await page.locator('.parallel').getByRole('checkbox', { name: 'bytes' }).uncheck();
    await drawn('of method, rate, accuracy: 4 of 4 rows').waitFor();
    await search().fill('method=cur');
    await drawn('of method, rate, accuracy: 2 of 4 rows').waitFor();
    const paths = page.locator('.parallel .chart-box path.curve:not(.others)');
    expect(await paths.count()).toBe(1);
    expect(await paths.getAttribute('d')).toMatch(/^(?:M[^M]+){2}$/);
    // The group keeps its colour.
    expect(await paths.getAttribute('class')).toBe('curve curve-1');
    for (const name of ['method', 'rate']) {
      await page.locator('.parallel').getByRole('checkbox', { name }).uncheck();
    }
    await page.getByText('Choose two axes or more.').waitFor();
    await page.getByRole('button', { name: 'Default axes' }).click();
    await drawn('of method, rate, accuracy, bytes: 2 of 4 rows').waitFor();
  });

  /** Drags along the axis with this title, from one share of its length to another. */
  const drag = async (title: string, from: number, to: number): Promise<void> => {
    await lines().scrollIntoViewIfNeeded();
    const axis = page.locator('.parallel g', { hasText: title }).locator('line.axis');
    const { x, y, height } = (await axis.boundingBox())!;
    await page.mouse.move(x, y + from * height);
    await page.mouse.down();
    await page.mouse.move(x + 2, y + to * height);
    await page.mouse.up();
  };

  it('a range that is dragged on an axis is a filter, and a click on the axis ends it', async () => {
    await open();
    await search().fill('rate=25 accuracy<0.5');
    await page.getByText('0 of 4 rows').waitFor();
    await drag('accuracy', 0.4, -0.2);
    await page.getByText('1 of 4 rows').waitFor();
    expect(await search().inputValue()).toMatch(/^rate=25 accuracy>=0\.9\d?$/);
    await drag('accuracy', 0.5, 0.5);
    await page.getByText('2 of 4 rows').waitFor();
    expect(await search().inputValue()).toBe('rate=25');
    await drag('method', 0, 1);
    await page.getByText('2 of 4 rows').waitFor();
    expect(await search().inputValue()).toBe('rate=25 method=svd method=cur');
    await drag('method', 0.6, 1);
    await page.getByText('1 of 4 rows').waitFor();
    expect(await search().inputValue()).toBe('rate=25 method=cur');
  });

  it('goes from line to line with the keyboard, and to the stage of a line', async () => {
    await open();
    await lines().focus();
    await page.keyboard.press('ArrowDown');
    await page.locator('.parallel [role="status"]', { hasText: 'method svd, rate 2' }).waitFor();
    for (let i = 0; i < 9; i++) await page.keyboard.press('ArrowDown');
    await page.locator('.parallel [role="status"]', { hasText: 'method cur, rate 25' }).waitFor();
    // A line that the filter leaves out is no longer pointed at.
    await search().fill('rate=2');
    await page.locator('.parallel [role="status"]', { hasText: 'Drag along' }).waitFor();
    await lines().focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Escape');
    await page.locator('.parallel [role="status"]', { hasText: 'Drag along' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.panel h2', { hasText: 'part[method=svd,rate=2]' }).waitFor();
  });

  it('draws values that are missing, infinite or words, and names that are no markup', async () => {
    const columns = [
      { name: 'a b <i>', kind: 'axis' },
      { name: 'x', kind: 'axis' },
      { name: 'y', kind: 'metric' },
    ] as const;
    const cells = [
      ['<script>', 1, 0.5],
      ['two words', 'none', null],
      [null, 3, Number.MAX_VALUE],
      ['', 0, 0.1],
    ];
    const rows = cells.map((own, i) => ({
      ...{ key: `${i}`.repeat(64), stage: `part[i=${i}]`, cells: own },
    }));
    await open({ answer: { columns, rows, unread: [] } });
    await drawn('4 of 4 rows').waitFor();
    await page.locator('.parallel').getByLabel('log scale').check();
    const paths = page.locator('.parallel .chart-box path.curve');
    for (const path of await paths.all()) expect(await path.getAttribute('d')).not.toContain('NaN');
    await drag('a b <i>', 0, 0.5);
    expect(await search().inputValue()).toContain('"a b <i>=');
  });

  it.each([
    [400, true],
    [1280, false],
    [2560, true],
  ])('shows 300 lines at %i px, dark: %s', async (width, dark) => {
    await open({ answer: large(300), width, dark });
    await drawn('300 of 300 rows').waitFor();
    expect(await page.locator('.parallel .chart-box path.curve').count()).toBe(5);
    expect(await seriousFaults(page)).toEqual([]);
    expect(await rig.overflow()).toEqual([]);
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
