/** Curves in lines of JSON: lines that are not ours, numbers that are not finite, and steps that are written again. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Curve,
  type CurvePoint,
  curveFamilies,
  curveIn,
  curveLine,
  curveNames,
  epochsOf,
  parseCurveLine,
  seriesOf,
  thinned,
  valueAt,
} from '../../src/base/curve.ts';

describe('a line', () => {
  it.each([
    '',
    'step 3: loss 0.5',
    '{"loss": 0.5}',
    '{"step": "3", "loss": 0.5}',
    '{"step": -1, "loss": 0.5}',
    '{"step": NaN}',
    '{"step": 1e999}',
    '{"step": 3, "loss": 0.5',
    '[{"step": 3}]',
    '{"note": "\\"step\\": 3"}',
    'null "step"',
    '{"step": 3} and more',
  ])('%j is no point', (line) => expect(parseCurveLine(line)).toBeUndefined());

  // A search from each quote to the end of the line would take minutes.
  it('is no point if a text in it has no end, however long it is', () => {
    expect(parseCurveLine(`{"step": 3, "note": "${'\\"'.repeat(5e5)}`)).toBeUndefined();
  });

  it('has the numbers that are finite, whatever else it has', () => {
    const line =
      '{"step": 3, "epoch": 0.5, "loss": NaN, "lr": -Infinity, "note": "NaN", "deep": {"a": 1}, "ok": true, "acc": 0.5}\r';
    expect(parseCurveLine(line)).toEqual({ step: 3, epoch: 0.5, values: { acc: 0.5 } });
  });

  it('may have numbers of any name', () => {
    const point = parseCurveLine('{"step":1,"__proto__":2,"constructor":3,"":4}')!;
    expect(curveNames([point])).toEqual(['__proto__', 'constructor', '']);
    expect(valueAt(point, '__proto__')).toBe(2);
    expect(valueAt(parseCurveLine('{"step":1}')!, 'constructor')).toBeUndefined();
    expect(seriesOf([point], 'toString')).toEqual([]);
    expect(JSON.parse(curveLine(point))).toHaveProperty('constructor', 3);
  });

  it('has at most 50 numbers', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`n${i}`, i]));
    const { values } = parseCurveLine(JSON.stringify({ step: 1, ...many }))!;
    expect(Object.keys(values)).toHaveLength(50);
  });

  it('is read as it was written', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    const point = fc.record({
      step: fc.nat(),
      epoch: fc.nat(),
      values: fc.dictionary(
        fc.string().filter((name) => !['step', 'epoch', '__proto__'].includes(name)),
        number.map((value) => value + 0),
        { maxKeys: 9, noNullPrototype: true },
      ),
    });
    return fc.assert(
      fc.property(point, (one) => {
        expect(parseCurveLine(curveLine(one))).toEqual(one);
      }),
    );
  });
});

describe('a curve', () => {
  const steps = (curve: readonly CurvePoint[]) => curve.map(({ step }) => step);
  const linesOf = (...all: readonly number[]): string =>
    all.map((step) => `{"step":${step},"loss":${step}}`).join('\n');

  it('continues from a checkpoint: steps that are written again replace the old ones', () => {
    expect(steps(curveIn(linesOf(1, 2, 3, 4, 5, 3, 4)))).toEqual([1, 2, 3, 4]);
    expect(steps(curveIn(linesOf(5, 10, 15, 7)))).toEqual([5, 7]);
    expect(steps(curveIn(linesOf(1, 2, 3, 0)))).toEqual([0]);
  });

  it('has one point per step, with the numbers of all its lines', () => {
    const text = '{"step":1,"loss":3}\nnoise\n{"step":1,"val_loss":4}\n{"step":1,"loss":2}\n';
    expect(curveIn(text)).toEqual([{ step: 1, values: { loss: 2, val_loss: 4 } }]);
  });

  it('is the same, wherever its text is cut between lines', async () => {
    const lines = fc.array(fc.nat({ max: 30 }), { maxLength: 40 });
    await fc.assert(
      fc.property(lines, fc.nat(), (all, cut) => {
        const place = all.length === 0 ? 0 : cut % all.length;
        const curve = new Curve();
        curve.addText(linesOf(...all.slice(0, place)));
        curve.addText(linesOf(...all.slice(place)));
        expect(curve.points).toEqual(curveIn(linesOf(...all)));
        const sorted = [...steps(curve.points)].sort((a, b) => a - b);
        expect(steps(curve.points)).toEqual(sorted);
        expect(new Set(sorted).size).toBe(sorted.length);
      }),
    );
  });

  it('of many points stays small and keeps its range', () => {
    const curve = new Curve();
    for (let step = 1; step <= 1e5; step++) curve.add({ step, values: { loss: 1 / step } });
    expect(curve.points.length).toBeLessThanOrEqual(20_000);
    expect(curve.points.at(-1)!.step).toBe(1e5);
    expect(steps(curve.points)).toEqual([...steps(curve.points)].sort((a, b) => a - b));
  });

  it('is thinned to means', () => {
    const points = Array.from({ length: 10 }, (_, i) => ({ step: i + 1, values: { loss: i } }));
    expect(thinned(points, 10)).toBe(points);
    expect(thinned(points, 2)).toEqual([
      { step: 5, values: { loss: 2 } },
      { step: 10, values: { loss: 7 } },
    ]);
  });

  it('has means of epochs, weighted by the steps that a point stands for', () => {
    const points = [
      { step: 10, epoch: 1, values: { loss: 4 } },
      { step: 40, epoch: 1, values: { loss: 0, accuracy: 0.5 } },
      { step: 80, epoch: 2, values: { accuracy: 0.75 } },
    ];
    expect(epochsOf(points)).toEqual([
      { step: 40, epoch: 1, values: { loss: 1, accuracy: 0.5 } },
      { step: 80, epoch: 2, values: { accuracy: 0.75 } },
    ]);
    expect(epochsOf([{ step: 1, epoch: 0.3, values: { loss: 1 } }])[0]!.epoch).toBe(1);
    expect(epochsOf([{ step: 1, values: { loss: 1 } }])).toEqual([]);
  });

  it('puts the numbers of one unit together', () => {
    const names = ['loss', 'val_loss', 'train/acc', 'validation/acc', 'lr', 'test', 'eval_'];
    expect([...curveFamilies(names)]).toEqual([
      ['loss', ['loss', 'val_loss']],
      ['acc', ['train/acc', 'validation/acc']],
      ['lr', ['lr']],
      ['test', ['test']],
      ['eval_', ['eval_']],
    ]);
  });
});
