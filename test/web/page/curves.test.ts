/** Curves in the page: they grow while a stage runs, also in a run of another process. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { StageCurve } from '../../../src/runner/execution/stage-curve.ts';
import { browserPath, seriousFaults, withBrowser } from '../browser.ts';
import type { Served } from '../served.ts';
import { PageRig } from './page-rig.ts';

const text = `
stages:
  fit:
    matrix: { rate: [1, 2] }
    uses: make
    with: { name: "fit \${matrix.rate}" }
`;

describe.skipIf(browserPath === undefined)(`curves in the page ${withBrowser}`, () => {
  const rig = new PageRig();
  let served: Served;
  let page: Page;
  const open = async (path: string, dark = false): Promise<void> => {
    served = await rig.open(text, { address: `#/graph/${path}`, dark });
    page = rig.page;
    await page.locator('.panel').waitFor();
  };
  const chart = (says: string) => page.locator(`.curves svg[aria-label*="${says}"]`);
  const add = (log: string, ...losses: readonly number[]): void => {
    const curve = new StageCurve(log, (line) => {
      throw new Error(line);
    });
    for (const [i, loss] of losses.entries()) {
      curve.add({ step: i + 1, epoch: 1, loss, val_loss: 2 * loss });
    }
    curve.end();
  };

  it('grow while the stage runs, and stay when it is done', async () => {
    await open(encodeURIComponent('fit/fit[rate=1]').replace('%2F', '/'));
    const { executor } = served.rig;
    executor.hold('fit 1');
    const run = served.rig.run(text);
    const held = await executor.next('fit 1');
    expect(await page.locator('.curves').count()).toBe(0);
    const { log } = held.invocation;
    add(log, 3);
    await chart('loss 3 to 3; val_loss 6 to 6').waitFor();
    // Without any event of the run.
    add(log, 3, 2, 1);
    await chart('loss 3 to 1; val_loss 6 to 2').waitFor();
    // The stage continued from a checkpoint, and reports some steps again.
    add(log, 4, 2);
    await chart('loss 4 to 2').waitFor();
    expect(await page.locator('.curves .legend').first().textContent()).toBe(' loss val_loss');
    expect(await seriousFaults(page)).toEqual([]);
    held.finish();
    await run;
    await page.locator('.panel .state.done').waitFor();
    await chart('loss 4 to 2').waitFor();
  });

  it('of several instances are in one chart', async () => {
    await open('fit', true);
    const { executor } = served.rig;
    executor.hold('fit 1', 'fit 2');
    const run = served.rig.run(text);
    const one = await executor.next('fit 1');
    const two = await executor.next('fit 2');
    add(one.invocation.log, 3, 1);
    await chart('loss 3 to 1').waitFor();
    add(two.invocation.log, 5, 4);
    await chart('rate=1 loss 3 to 1; rate=1 val_loss 6 to 2; rate=2 loss 5 to 4').waitFor();
    expect(await page.locator('.curves .legend').count()).toBe(1);
    expect(await page.locator('.curves').textContent()).toContain('dashed: val_loss');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByLabel('log scale').check();
    await page.locator('.curves path.dashed').first().waitFor();
    // Closed, they stay closed for the next stage.
    await page.locator('.curves summary').click();
    await page.locator('.instance').first().click();
    await page.locator('.curves:not([open])').waitFor();
    for (const held of [one, two]) held.finish();
    await run;
  });
});
