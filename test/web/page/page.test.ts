/** The page during runs, after failures, and with the keyboard. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { until } from '../../until.ts';
import { browserPath, seriousFaults, withBrowser } from '../browser.ts';
import { Served, TOKEN } from '../served.ts';
import { type OpenOptions, PageRig } from './page-rig.ts';

const text = `
stages:
  a: { uses: make, with: { name: a, text: one } }
  b: { uses: make, with: { name: b }, inputs: { from: a } }
  many:
    matrix: { seed: [0, 1, 2], size: [s, l] }
    uses: make
    with: { name: "many \${matrix.seed} \${matrix.size}" }
    inputs: { from: a }
  c: { uses: make, with: { name: c }, inputs: { from: b } }
`;

describe.skipIf(browserPath === undefined)(`the page ${withBrowser}`, () => {
  const rig = new PageRig();
  let page: Page;
  const open = async (pipeline: string, options: OpenOptions = {}): Promise<Served> => {
    const one = await rig.open(pipeline, options);
    page = rig.page;
    await page.locator('.node').first().waitFor();
    return one;
  };
  const node = (name: string) => page.locator(`.node[title="${name}"]`);

  it('follows a run of another process to its end', async () => {
    const one = await open(text);
    one.rig.executor.hold('b', 'many 0 s');
    const run = one.rig.run(text);
    const b = await one.rig.executor.next('b');
    await page.locator('.node.running[title="b"]').waitFor();
    await page.locator('.node.done[title="a"]').waitFor();
    expect(await node('many').textContent()).toContain('×6');
    await page.locator('.run-running').waitFor();
    b.finish();
    await page.locator('.node.done[title="c"]').waitFor();
    (await one.rig.executor.next('many 0 s')).finish();
    await run;
    await page.locator('.run-done').waitFor();
    await page.locator('.node.done[title="many"]').waitFor();
    expect(await page.locator('.legend').textContent()).toContain('9 done');
  });

  it('shows the progress of a run that it started, and stops it', async () => {
    const one = await open(text, { allowRun: true });
    expect(page.url()).not.toContain(TOKEN);
    one.rig.executor.hold('a');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    const a = await one.rig.executor.next('a');
    await node('a').click();
    a.progress(0.5);
    await page.locator('.panel progress[value="0.5"]').waitFor();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.locator('.run-interrupted').waitFor();
    await page.getByRole('button', { name: 'Run', exact: true }).waitFor();
  });

  it('offers no runs without the token, or if they are not allowed', async () => {
    const one = await open(text, { allowRun: true });
    const other = await rig.otherPage();
    other.setDefaultTimeout(0);
    await other.goto(one.address);
    await other.locator('.node').first().waitFor();
    expect(await other.locator('.action').count()).toBe(0);
    await other.close();
    await page.locator('.action').waitFor();
  });

  it('starts nothing for a page of another origin', async () => {
    const one = await open(text, { allowRun: true });
    const evil = await new Served(text).start({ page: { script: '', style: '' } });
    const foreign = await rig.otherPage();
    foreign.setDefaultTimeout(0);
    await foreign.goto(evil.address);
    const reported = await foreign.evaluate(`Promise.all([
      fetch('${one.address}/api/run', { method: 'POST', mode: 'no-cors', body: '{"targets":[],"keepGoing":false}' }),
      fetch('${one.address}/api/run', { method: 'POST', headers: { 'x-pipeline-token': '${TOKEN}' }, body: '{"targets":[],"keepGoing":false}' }),
      fetch('${one.address}/api/runs'),
    ].map((one) => one.then((response) => response.type, () => 'refused')))`);
    expect(reported).not.toContain('basic');
    expect(reported).not.toContain('cors');
    expect(one.rig.executor.counts.size).toBe(0);
    await foreign.close();
    await evil.stop();
  });

  it('has the log of a failed stage one click away, from the list and from the graph', async () => {
    const one = await open(text);
    one.rig.executor.hold('b');
    const run = one.rig.run(text);
    const held = await one.rig.executor.next('b');
    held.fail({ kind: 'stage', message: 'the data has a hole', advice: 'fill it' });
    await run;
    await page.locator('.failures .link').click();
    await page.locator('.panel .failure', { hasText: 'the data has a hole' }).waitFor();
    expect(await page.locator('.panel .failure').textContent()).toContain('help: fill it');
    await page.keyboard.press('Escape');
    expect(await page.locator('.panel').count()).toBe(0);
    await page.locator('.node.failed').click();
    await page.locator('.panel .failure', { hasText: 'the data has a hole' }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('shows errors in the pipeline, and the pipeline when it is valid again', async () => {
    const one = await open(text);
    one.change('stages:\n  a: { uses: nothing }\n');
    await page.locator('.problems .code', { hasText: 'pipeline.yaml:2' }).waitFor();
    expect(await page.locator('.node').count()).toBe(4);
    expect(await seriousFaults(page)).toEqual([]);
    one.change('stages:\n  other: { uses: make, with: { name: other } }\n');
    await node('other').waitFor();
    expect(await page.locator('.node').count()).toBe(1);
    expect(await page.locator('.problems').count()).toBe(0);
  });

  it('can be used with the keyboard alone', async () => {
    await open(text);
    await node('a').focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.evaluate('document.activeElement.title')).toMatch(/^(b|many)$/);
    await node('many').focus();
    await page.keyboard.press('Enter');
    await page.locator('.instance').first().waitFor();
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H2');
    await page.getByRole('searchbox').fill('seed=1 size=l');
    await until(async () => (await page.locator('.instance').count()) === 1);
    // The first one clears the search field.
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    expect(await page.evaluate('document.activeElement.title')).toBe('many');
  });

  it('compares two runs, and shows a file of an output', async () => {
    const other = text.replace('one', 'other');
    await open(other, {
      before: async (one) => {
        await one.rig.run(text);
        await one.rig.run(other);
      },
    });
    await page.getByRole('button', { name: 'runs' }).click();
    await page.getByText('parameter text: "one" -> "other"').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'graph' }).click();
    await node('a').click();
    await page.locator('.files summary').first().click();
    await page.locator('.files pre', { hasText: 'other' }).waitFor();
  });

  it.each([false, true])(
    'has no accessibility problems according to axe (dark: %s)',
    async (dark) => {
      const one = await open(text, { allowRun: true, dark });
      one.rig.executor.hold('b');
      const run = one.rig.run(text);
      const b = await one.rig.executor.next('b');
      await page.locator('.node.running').waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await node('many').click();
      await page.locator('.instance').first().waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      b.finish();
      await run;
      await node('a').click();
      await page.getByText('Key and origin').click();
      await page.getByText('Log of the last attempt').click();
      await page.locator('.lines').waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole('button', { name: 'figures' }).click();
      await page.getByText('no pictures').waitFor();
      expect(await seriousFaults(page)).toEqual([]);
    },
  );

  it('shows a graph of a thousand stages, and stays responsive', async () => {
    const stages = Array.from({ length: 1000 }, (_, i) => {
      const taken = [...new Set([Math.floor(i / 2), Math.max(0, i - 13)])].filter((one) => one < i);
      const inputs =
        taken.length > 0 ? `, inputs: { from: [${taken.map((one) => `s${one}`)}] }` : '';
      return `  s${i}: { uses: make, with: { name: s${i}, constant: true }${inputs} }`;
    });
    const one = await open(`stages:\n${stages.join('\n')}\n`);
    await page.reload();
    await page.locator('.node[title="s999"]').waitFor();
    expect(await page.locator('.node').count()).toBe(1000);
    one.rig.executor.hold('s500');
    void one.rig.run(one.text);
    (await one.rig.executor.next('s500')).finish();
    await page.locator('.run-done').waitFor();
  });
});
