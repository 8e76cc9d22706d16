/** A sweep in the page: its instances as a table, in narrow and wide windows, during a run and after failures. */
import { execFileSync, spawnSync } from 'node:child_process';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { until } from '../../until.ts';
import { browserPath, seriousFaults, withBrowser } from '../browser.ts';
import type { Served } from '../served.ts';
import { measure, type OpenOptions, PageRig } from './page-rig.ts';

const text = `
stages:
  train: { uses: make, with: { name: train } }
  part:
    matrix: { dataset: [fashion], method: [svd, cur], rate: [2, 25, 100] }
    uses: make
    with: { name: "part \${matrix.method} \${matrix.rate}" }
    inputs: { from: train }
`;

/** Each stage takes the outputs of all stages before it. */
const CHAIN = `stages:\n${Array.from({ length: 10 }, (_, i) => {
  const taken = Array.from({ length: i }, (_one, k) => `s${k}`).join(', ');
  return `  s${i}: { uses: make, with: { name: s${i} }, inputs: { ${i > 0 ? `from: [${taken}]` : ''} } }`;
}).join('\n')}\n`;

/** The width of A4 between the margins, in pixels. */
const PAPER = 703;

const ACCURACIES = { 'svd 2': 0.99, 'svd 25': 0.9, 'svd 100': 0.5, 'cur 2': 0.98, 'cur 25': 0.8 };

function measureAll(one: Served): void {
  for (const [name, accuracy] of [...Object.entries(ACCURACIES), ['cur 100', 0.4] as const]) {
    measure(one, `part ${name}`, { accuracy, images: 10_000 });
  }
}

/** Without it, the heads on the pages are not counted. */
const hasPdfReader = spawnSync('pdftotext', ['-v']).error === undefined;

describe.skipIf(browserPath === undefined)(`a sweep in the page ${withBrowser}`, () => {
  const rig = new PageRig();
  let page: Page;
  const open = async (
    address: string,
    { pipeline = text, before, ...options }: OpenOptions & { readonly pipeline?: string } = {},
  ): Promise<Served> => {
    const one = await rig.open(pipeline, {
      ...options,
      address,
      before: async (served) => {
        measureAll(served);
        await before?.(served);
      },
    });
    page = rig.page;
    return one;
  };
  const run = async (one: Served): Promise<void> => void (await one.rig.run(text));
  const rows = () => page.locator('.instance');
  const column = async (place: number): Promise<readonly string[]> =>
    (await rows().locator(`td:nth-child(${place})`).allTextContents()).map((one) => one.trim());

  it('has a column for each axis that varies and each number that varies', async () => {
    await open('#/graph/part', { before: run });
    await rows().first().waitFor();
    const heads = await page.locator('.data-rows th').allTextContents();
    expect(heads).toEqual(['state', 'method', 'rate', 'accuracy', 'took']);
    expect(await column(2)).toEqual(['svd', 'svd', 'svd', 'cur', 'cur', 'cur']);
    expect(await column(4)).toEqual(['0.99', '0.9', '0.5', '0.98', '0.8', '0.4']);
  });

  it('filters by exact values, comparisons, states and words, and sorts', async () => {
    await open('#/graph/part', { before: run });
    const search = page.getByRole('searchbox');
    await search.fill('rate=2');
    await page.getByText('2 instances').waitFor();
    expect(await column(3)).toEqual(['2', '2']);
    await search.fill('svd accuracy>=0.9');
    await page.getByText('2 instances').waitFor();
    expect(await column(3)).toEqual(['2', '25']);
    await search.fill('state=failed');
    await page.getByText('0 instances').waitFor();
    await search.fill('');
    await page.getByRole('button', { name: 'accuracy' }).click();
    await page.locator('th[aria-sort="ascending"]').waitFor();
    expect(await column(4)).toEqual(['0.4', '0.5', '0.8', '0.9', '0.98', '0.99']);
    await rows().nth(1).locator('td').nth(2).click();
    await page
      .locator('.panel h2', { hasText: 'part[dataset=fashion,method=svd,rate=100]' })
      .waitFor();
  });

  it('shows the numbers of an instance as soon as it has ended', async () => {
    const one = await open('#/graph/part');
    one.rig.executor.instead.delete('part cur 100');
    one.rig.executor.hold('part cur 100');
    const running = one.rig.run(text);
    const last = await one.rig.executor.next('part cur 100');
    await page.locator('.instance.running').waitFor();
    await page.locator('.instance.done td', { hasText: '0.99' }).waitFor();
    expect(await page.locator('.instance.running td', { hasText: '0.' }).count()).toBe(0);
    last.finish();
    await running;
  });

  it('lists a run in progress as running, with its date on one line', async () => {
    const one = await open('#/runs', { width: 400 });
    one.rig.executor.hold('train');
    const running = one.rig.run(text);
    const train = await one.rig.executor.next('train');
    await page.locator('.runs td.run-running', { hasText: 'running' }).waitFor();
    const height = (await page.locator('.runs tbody tr').first().boundingBox())!.height;
    expect(height).toBeLessThan(40);
    train.finish();
    await running;
    await page.locator('.runs td.run-done', { hasText: 'done' }).waitFor();
  });

  it('says of a failed stage that has changed since that it will run', async () => {
    const one = await open('#/graph');
    one.rig.executor.hold('train');
    const running = one.rig.run(text);
    const train = await one.rig.executor.next('train');
    train.fail({ kind: 'stage', message: 'the data has a hole', advice: 'fill it' });
    await running;
    await page.locator('.run-failed').waitFor();
    await page.locator('.failures', { hasText: 'hole' }).waitFor();
    await page.locator('.node.failed[title="train"]').waitFor();
    expect(await page.locator('.failures').textContent()).not.toContain('has changed');
    expect(await page.locator('.status').textContent()).toContain('0 of 7 stages done');
    one.change(text.replace('name: train', 'name: train, text: new'));
    await page.locator('.failures', { hasText: 'it has changed since: will run' }).waitFor();
    await page.locator('.node.will-run[title="train"]').waitFor();
  });

  it.each([400, 1280, 3840])('nothing is wider than a window of %i pixels', async (width) => {
    const stages = Array.from({ length: 300 }, (_, i) => {
      const from = i === 0 ? '' : `, inputs: { from: quantize-the-layers-${i >> 3} }`;
      return `  quantize-the-layers-${i}: { uses: make, with: { name: s${i} }${from} }`;
    });
    await open('#/graph', { width, pipeline: `stages:\n${stages.join('\n')}\n` });
    await page.locator('.node').first().waitFor();
    expect(await rig.overflow()).toEqual([]);
    // The whole name is visible.
    const cut = await page
      .locator('.node .name')
      .evaluateAll((names) =>
        names
          .filter((one) => one.scrollHeight > one.clientHeight + 2)
          .map((one) => one.textContent),
      );
    expect(cut).toEqual([]);
    await page.getByRole('searchbox').fill('layers-299');
    await page.locator('.node:not(.other)').first().waitFor();
    expect(await page.locator('.node:not(.other)').count()).toBe(1);
  });

  it('the lines of a graph in one column pass no other node', async () => {
    await open('#/graph', { width: 400, pipeline: CHAIN });
    await page.locator('path.line').first().waitFor({ state: 'attached' });
    // Points along each line, and the nodes that they are in, besides those at its ends.
    const crossed = await page.evaluate<readonly string[]>(`(() => {
      const canvas = document.querySelector('.canvas').getBoundingClientRect();
      const nodes = [...document.querySelectorAll('.node')].map((node) => {
        const { left, right, top, bottom } = node.getBoundingClientRect();
        return { left: left - canvas.left, right: right - canvas.left, top: top - canvas.top, bottom: bottom - canvas.top };
      });
      return [...document.querySelectorAll('path.line')].flatMap((line) => {
        const length = line.getTotalLength();
        return Array.from({ length: Math.ceil(length) - 2 }, (_, i) => line.getPointAtLength(i + 1))
          .filter(({ x, y }) => nodes.some((one) => x > one.left + 2 && x < one.right - 2 && y > one.top + 2 && y < one.bottom - 2))
          .map(({ x, y }) => x + ' ' + y);
      });
    })()`);
    expect(crossed).toEqual([]);
    expect(await rig.overflow()).toEqual([]);
  });

  it('on paper, has all rows, heads that repeat, and nothing that is cut', async () => {
    const sweep = text.replace('[2, 25, 100]', `[${Array.from({ length: 150 }, (_, i) => i + 1)}]`);
    await open('#/graph/part', { width: PAPER, pipeline: sweep, dark: true });
    await rows().first().waitFor();
    expect(await rows().count()).toBeLessThan(100);
    await page.emulateMedia({ media: 'print' });
    await until(async () => (await rows().count()) === 300);
    // No box scrolls, and nothing is wider than the paper.
    const cut = await page.evaluate<readonly string[]>(`[...document.querySelectorAll('#page *')]
      .filter((one) => one.closest('.unseen, svg, .node') === null)
      .filter((one) => one.getBoundingClientRect().right > ${PAPER} + 1 ||
        (getComputedStyle(one).overflowY !== 'visible' && one.scrollHeight > one.clientHeight + 1))
      .map((one) => one.tagName + ' ' + one.className)`);
    expect(cut).toEqual([]);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(
      'rgb(255, 255, 255)',
    );
    const printed = await page.pdf({ format: 'A4' });
    const pages = printed.toString('latin1').match(/\/Type \/Page\b/g)!.length;
    expect(pages).toBeGreaterThan(4);
    if (hasPdfReader) {
      const words = execFileSync('pdftotext', ['-', '-'], { input: printed }).toString();
      // The graph may take the first page.
      expect(words.match(/^took$/gm)!.length).toBeGreaterThanOrEqual(pages - 1);
    }
    await page.emulateMedia({ media: 'screen' });
    await until(async () => (await rows().count()) < 100);
  });

  it('the lines of the graph are arrows', async () => {
    await open('#/graph/part', { before: run });
    const line = page.locator('path.line').first();
    await line.waitFor({ state: 'attached' });
    const id = /#([\w-]+)/.exec((await line.getAttribute('marker-end'))!)![1];
    expect(await page.locator(`marker#${id} path`).count()).toBe(1);
  });

  it.each([
    [400, false],
    [400, true],
    [1280, true],
  ])(
    'no view has accessibility problems or is too wide (%i pixels, dark: %s)',
    async (width, dark) => {
      const served = await open('#/graph', { width, dark, before: run });
      for (const address of ['#/graph', '#/graph/part', '#/experiments', '#/runs', '#/figures']) {
        await page.goto(`${served.address}/${address}`);
        await page
          .locator('.node, .instance, .data-rows, .runs tbody, .view > .faint')
          .first()
          .waitFor();
        expect(await seriousFaults(page)).toEqual([]);
        expect(await rig.overflow()).toEqual([]);
      }
    },
  );
});
