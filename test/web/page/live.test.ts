/** What a reader has chosen or opened, while runs and answers of the server change the page around it. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { browserPath, withBrowser } from '../browser.ts';
import type { Served } from '../served.ts';
import { measure, type OpenOptions, PageRig } from './page-rig.ts';

const text = `
stages:
  a: { uses: make, with: { name: a, text: one } }
  many:
    matrix: { seed: [0, 1] }
    uses: make
    with: { name: "many \${matrix.seed}" }
    inputs: { from: a }
`;

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';

/** The page shows at most this many lines of a log. */
const MOST_LINES = 5000;

describe.skipIf(browserPath === undefined)(`the page, while it changes ${withBrowser}`, () => {
  const rig = new PageRig();
  let page: Page;
  const open = async (options: OpenOptions = {}): Promise<Served> => {
    const one = await rig.open(text, options);
    page = rig.page;
    await page.locator('.node').first().waitFor();
    return one;
  };

  it('keeps the end of a long log, each line once', async () => {
    const one = await open();
    one.rig.executor.hold('a');
    const run = one.rig.run(text);
    const held = await one.rig.executor.next('a');
    await page.locator('.node.running[title="a"]').click();
    const numbers = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => `line ${from + i}`).join('\n');
    const lines = page.locator('.log .lines');
    held.print(numbers(0, MOST_LINES));
    await lines.getByText(`line ${MOST_LINES - 1}`).waitFor();
    for (const more of [10, 20, 30]) {
      held.print(numbers(MOST_LINES + more - 10, 10));
      await lines.getByText(`line ${MOST_LINES + more - 1}`).waitFor();
      await page.locator('.log').getByText(`${more} earlier lines`).waitFor();
    }
    const shown = (await lines.textContent())!.split('\n');
    expect(shown).toEqual(numbers(30, MOST_LINES).split('\n'));
    held.finish();
    await run;
  });

  it('shows a log again when the server answers again', async () => {
    const one = await open({ hasFailures: true });
    await one.rig.run(text);
    await page.locator('.node.done[title="a"]').waitFor();
    await page.route('**/api/log*', (route) =>
      route.fulfill({ status: 404, json: { error: 'not now' } }),
    );
    one.rig.executor.hold('a');
    const run = one.rig.run(text, { forced: ['a'] });
    const held = await one.rig.executor.next('a');
    await page.locator('.node.running[title="a"]').click();
    await page.locator('.panel .error').getByText('not now').waitFor();
    await page.unroute('**/api/log*');
    held.print('back again');
    await page.locator('.log .lines').getByText('back again').waitFor();
    expect(await page.locator('.panel .error').count()).toBe(0);
    held.finish();
    await run;
  });

  it('shows the new text in an open preview', async () => {
    const one = await open({
      before: async (served) => {
        measure(served, 'a', { loss: 0.5 });
        await served.rig.run(text);
      },
    });
    await page.locator('.node[title="a"]').click();
    await page.locator('summary[aria-label="View metrics.json"]').click();
    await page.getByLabel('metrics.json', { exact: true }).getByText('0.5').waitFor();
    measure(one, 'a', { loss: 0.25 });
    await one.rig.run(text, { forced: ['a'] });
    await page.getByLabel('metrics.json', { exact: true }).getByText('0.25').waitFor();
  });

  it('can take back a filter by a state that no instance has any more', async () => {
    const one = await open();
    one.rig.executor.hold('many 0');
    const run = one.rig.run(text);
    const held = await one.rig.executor.next('many 0');
    await page.locator('.node[title="many"]').click();
    const running = page.locator('.chip.running');
    await running.click();
    await page.locator('.instance.running').waitFor();
    held.finish();
    await run;
    await page.getByText('0 instances', { exact: true }).waitFor();
    expect(await running.textContent()).toContain('0 running');
    await running.click();
    await page.getByText('2 instances', { exact: true }).waitFor();
    expect(await running.count()).toBe(0);
  });

  it('clears a search field by Escape before the panel', async () => {
    await open();
    await page.locator('.node[title="many"]').click();
    const search = page.locator('.panel').getByRole('searchbox');
    await search.fill('seed=1');
    await search.press('Escape');
    expect(await search.inputValue()).toBe('');
    await search.press('Escape');
    await page.locator('.panel').waitFor({ state: 'detached' });
  });

  it('marks the figures that are out of date', async () => {
    const two = ['old', 'new']
      .map((name) => `  ${name}: { uses: make, with: { name: ${name}, text: one } }\n`)
      .join('');
    await rig.open(`stages:\n${two.replace('name: old, text: one', 'name: old, text: two')}`, {
      address: '#/figures',
      before: async ({ rig: { executor }, rig: project }) => {
        for (const name of ['old', 'new']) executor.writes(name, { 'figure.svg': SVG });
        await project.run(`stages:\n${two}`);
      },
    });
    page = rig.page;
    await page.getByText('Some figures are out of date').waitFor();
    const captions = await page.locator('figcaption').allTextContents();
    expect(captions).toEqual(['figure.svg old (out of date)', 'figure.svg new']);
  });

  it('asks for one run at a double click', async () => {
    const one = await open({ allowRun: true });
    one.rig.executor.hold('a');
    await page.getByRole('button', { name: 'Run', exact: true }).dblclick();
    await page.locator('.run-running').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    (await one.rig.executor.next('a')).finish();
    await page.locator('.run-done').waitFor();
  });

  it('goes back to the view before, however often a tab was clicked', async () => {
    await open();
    const tab = (name: string) => page.getByRole('button', { name, exact: true });
    await tab('runs').click();
    await tab('figures').click();
    await tab('figures').click();
    await page.goBack();
    await page.locator('[aria-current="page"]').getByText('runs').waitFor();
  });

  it('lists the runs again when the server answers again', async () => {
    const one = await open({ hasFailures: true });
    await page.route('**/api/runs*', (route) => route.abort());
    await page.getByRole('button', { name: 'runs', exact: true }).click();
    await page.getByText('the server does not answer').waitFor();
    await page.unroute('**/api/runs*');
    one.change(`${text}\n`);
    await page.getByText('No runs yet.').waitFor();
  });
});
