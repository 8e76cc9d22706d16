/** Parallel coordinates in the tab of experiments: with the mouse, the keyboard, and values that can't be drawn. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { browserPath, seriousFaults, withBrowser } from '../browser.ts';
import { ExperimentsRig, large } from './experiments-rig.ts';

describe.skipIf(browserPath === undefined)(
  `parallel coordinates in the page ${withBrowser}`,
  () => {
    const rig = new ExperimentsRig();
    let page: Page;
    const open = async (...options: Parameters<typeof rig.openExperiments>): Promise<void> => {
      await rig.openExperiments(...options);
      page = rig.page;
    };
    const search = () => rig.search();
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
      expect(await search().inputValue()).toMatch(/^rate=25 accuracy>=0\.9\d{0,2}$/);
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
      await page
        .locator('.parallel [role="status"]', {
          hasText: 'method svd, rate 2: accuracy 0.9, bytes 1',
        })
        .waitFor();
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
      for (const path of await paths.all())
        expect(await path.getAttribute('d')).not.toContain('NaN');
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
  },
);
