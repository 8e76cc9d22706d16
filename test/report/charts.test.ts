import { describe, expect, it } from 'vitest';
import { fittedMethodNames } from '../../src/linalg/methods/fitted/names.ts';
import { methodNames } from '../../src/linalg/methods/names.ts';
import type { EvaluationRow } from '../../src/nn/evaluation-row.ts';
import { canvasOf, USUAL_STYLE } from '../../src/report/charts/canvas.ts';
import { cropped } from '../../src/report/charts/cropped-series.ts';
import { differencesChart } from '../../src/report/charts/differences.ts';
import { errorRatioChart } from '../../src/report/charts/error-ratio.ts';
import { textWidths } from '../../src/report/charts/font.ts';
import { looksOf } from '../../src/report/charts/palette.ts';
import { parametersChart } from '../../src/report/charts/parameters.ts';
import { renderPng } from '../../src/report/charts/png.ts';
import { rateTicks } from '../../src/report/charts/rate-axis.ts';
import { renderSvg } from '../../src/report/charts/render.ts';
import { lacksNative, startWasm } from '../../src/report/charts/resvg.ts';
import { roundNumbers } from '../../src/report/charts/round-numbers.ts';
import { en } from '../../src/report/locales/en.ts';
import { studiesOf } from '../../src/report/study.ts';
import { summarise } from '../../src/report/summary.ts';
import { fakeInput, fakeRows, MANY_METHODS } from './fake-results.ts';

const canvas = canvasOf(USUAL_STYLE);

describe('textWidths', () => {
  it("sums the font's advance widths", () => {
    const width = textWidths();
    // DejaVu Sans has 2048 units per em: '0' is 1303 wide, 'i' 569, 'W' 2025, a thin space about 410.
    expect(width('0', 2048)).toBe(1303);
    expect(width('iW', 2048)).toBe(569 + 2025);
    expect(width('', 10)).toBe(0);
    expect(width('10⁻³', 10)).toBeGreaterThan(width('10', 10));
    // A glyph that the font does not have is as wide as its 'missing' glyph.
    expect(width('\u4e2d', 2048)).toBe(width('\u4e2d'.repeat(2), 1024));
  });
});

describe('looksOf', () => {
  const plain = (...names: readonly string[]) =>
    names.map((name) => ({ method: name, base: name }));

  it('gives a method the same look, whatever else is in the report', () => {
    const all = looksOf(plain(...methodNames, ...fittedMethodNames, 'int8', 'fold'));
    for (const [method, look] of all) {
      expect(looksOf(plain(method)).get(method)).toEqual(look);
      expect(looksOf(plain('a method of my own', method)).get(method)).toEqual(look);
    }
    const looks = [...all.values()].map(({ colour, shape }) => `${colour} ${shape}`);
    expect(new Set(looks).size).toBe(all.size);
  });

  it('gives the schemes of a method one colour and different marks', () => {
    const schemes = ['svd', 'svd channel', 'svd spatial'].map((method) => ({
      method,
      base: 'svd',
    }));
    const looks = looksOf([...schemes, ...plain(...methodNames)]);
    const [svd, ...others] = schemes.map(({ method }) => looks.get(method)!);
    expect(others.map(({ colour }) => colour)).toEqual([svd!.colour, svd!.colour]);
    expect(new Set([svd, ...others].map((look) => look!.shape)).size).toBe(3);
    expect(svd).toEqual(looksOf(plain('svd')).get('svd'));
    // If it is the only one, it has the look of the plain method.
    expect(looksOf([schemes[1]!]).get('svd channel')).toEqual(svd);
  });

  it('uses a requested colour for all schemes, with the usual mark', () => {
    const rows = [...plain('svd', 'cur-deim'), { method: 'svd channel', base: 'svd' }];
    const [usual, other] = [looksOf(rows), looksOf(rows, { svd: '#123456' })];
    expect(other.get('svd')).toEqual({ ...usual.get('svd'), colour: '#123456' });
    expect(other.get('svd channel')!.colour).toBe('#123456');
    expect(other.get('cur-deim')).toEqual(usual.get('cur-deim'));
  });

  it('has a look for any number of methods', () => {
    const methods = plain(...Array.from({ length: 200 }, (_, i) => `m${i}`));
    expect([...looksOf(methods).values()].every(Boolean)).toBe(true);
  });
});

describe('the ticks of rates', () => {
  it('are the rates if there is room', () => {
    expect(rateTicks([100, 2, 5, 10, 25, 50], 262)).toEqual([2, 5, 10, 25, 50, 100]);
  });

  it('are round numbers if there is not', () => {
    const sweep = Array.from({ length: 41 }, (_, i) => Math.max(1, 25 * i));
    expect(rateTicks(sweep, 262)).toEqual([1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]);
    expect(roundNumbers(1, 1e6, 10)).toEqual([1, 10, 100, 1000, 1e4, 1e5, 1e6]);
  });
});

describe('cropped', () => {
  it('ends a line where it crosses the limits, and starts it again', () => {
    const flat = (x: number, y: number) => ({ x, y, lower: y, upper: y });
    const points = cropped([flat(1, 0), flat(100, -4), flat(10_000, 4)], [-2, 2]);
    const line = points.map(({ x, y }) => [Math.round(x), y]);
    expect(line.filter(([, y]) => y === -2).map(([x]) => x)).toEqual(
      expect.arrayContaining([10, Math.round(10 ** 2.5)]),
    );
    expect(line.filter(([, y]) => y === 2).map(([x]) => x)).toContain(Math.round(10 ** 3.5));
    expect(line.find(([x]) => x === 100)).toEqual([100, null]);
    expect(line.at(-1)).toEqual([10_000, null]);
    expect(points.filter(({ measured }) => measured !== null)).toHaveLength(3);
  });

  it('cuts the edges of a band separately from its line', () => {
    const points = cropped(
      [
        { x: 1, y: 0, lower: -1, upper: 1 },
        { x: 10, y: -1, lower: -5, upper: 1 },
      ],
      [-2, Number.POSITIVE_INFINITY],
    );
    expect(points.map(({ lower }) => lower)).toEqual([-1, -2, -2]);
    expect(points[1]!.x).toBeCloseTo(10 ** 0.25, 12);
    expect(points.every(({ y }) => y !== null)).toBe(true);
  });
});

describe('errorRatioChart', () => {
  interface Drawn {
    readonly data: { readonly values: readonly Readonly<Record<string, unknown>>[] };
  }
  const drawn = (rows: readonly EvaluationRow[]) => {
    const chart = errorRatioChart(
      studiesOf(rows, [])[0]!,
      en.figures,
      canvas,
    ) as unknown as Drawn | null;
    return chart?.data.values ?? null;
  };

  it('has one mark per method, rate and layer, and none for SVD', () => {
    const values = drawn(fakeRows('mnist', { rates: [2, 10] }))!;
    expect(values).toHaveLength(3 * 2 * 2);
    expect(new Set(values.map(({ panel }) => panel))).toEqual(new Set(['fc1', 'fc2']));
    const leverage = values.find(({ method, rate }) => method === 'CUR (leverage)' && rate === 10)!;
    expect(leverage.ratio).toBeCloseTo(1.22 * 1.018, 12);
    expect(drawn(fakeRows('mnist', { methods: MANY_METHODS.slice(0, 1) }))).toBeNull();
  });

  it('groups many layers by their kind', () => {
    const rows = fakeRows('mnist', { rates: [2] }).map((row) => ({
      ...row,
      layers: ['conv1', 'conv2', 'conv3'].flatMap((name, i) => [
        ...(i === 0 ? row.layers : []),
        { ...row.layers[0]!, name, kind: 'convolution' } as const,
      ]),
    }));
    expect(new Set(drawn(rows)!.map(({ panel }) => panel))).toEqual(
      new Set(['Dense layers', 'Convolutions']),
    );
  });
});

describe('differencesChart', () => {
  it('has one row per method, the best first, and does not exist if nothing was tested', async () => {
    const { rows, outcomes } = fakeInput({ rates: [10, 25], images: 500 });
    const summary = summarise(studiesOf(rows, [], outcomes)[0]!);
    const chart = differencesChart(summary, en.figures, canvas)!;
    const svg = await renderSvg(chart, 'differences', 'page');
    const texts = [...svg.matchAll(/>([^<>]+)<\/text>/g)].map(([, text]) => text!);
    const methods = texts.filter((text) => text.startsWith('CUR'));
    expect(methods).toEqual(['CUR (leverage)', 'CUR (column norms)', 'CUR (LinearTime)']);
    const untested = summarise(studiesOf(rows, [])[0]!);
    expect(differencesChart(untested, en.figures, canvas)).toBeNull();
  });
});

it('methods with the same counts share a line of parameters, with a short name', async () => {
  const methods = MANY_METHODS.map((method) =>
    method.method === 'cur-deim' ? { ...method, family: 'svd' as const } : method,
  );
  const rows = fakeRows('mnist', { methods, rates: [2, 100] }).map((row) =>
    row.method === 'cur-leverage' && row.rate === 100
      ? { ...row, parameters: { ...row.parameters, total: row.parameters.total + 900 } }
      : row,
  );
  const chart = parametersChart(summarise(studiesOf(rows, [])[0]!), en.figures, canvas)!;
  const svg = await renderSvg(chart, 'parameters');
  for (const label of ['SVD (all 4)', 'CUR (10 alike)', 'CUR (leverage)']) {
    expect(svg).toContain(`>${label}<`);
  }
});

it('renderPng refuses a drawing that could abort the process', async () => {
  await expect(renderPng('<svg><g clip-path="url(#a)"/></svg>')).rejects.toThrow('clip paths');
});

it.each([
  [true, 'Cannot find module', 'MODULE_NOT_FOUND'],
  [true, 'Cannot find package', 'ERR_MODULE_NOT_FOUND'],
  [true, 'libc.musl.so: no such file', 'ERR_DLOPEN_FAILED'],
  [true, 'Unsupported architecture on Linux: ppc64', undefined],
  [true, 'Unsupported OS: aix, architecture: ppc64', undefined],
  [true, 'Failed to load native binding', undefined],
  [false, 'font is not defined', undefined],
  [false, 'permission denied', 'EACCES'],
])('uses WebAssembly if the native package does not load: %s, %s', (expected, message, code) => {
  expect(lacksNative(Object.assign(new Error(message), code && { code }))).toBe(expected);
});

it('draws the same PNG in WebAssembly, where the native package is not installed', async () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><text y="15">1,5</text></svg>';
  const draw = await startWasm();
  expect(Buffer.from(await draw(svg))).toEqual(Buffer.from(await renderPng(svg)));
});
