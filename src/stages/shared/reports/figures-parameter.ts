/** The parameter `figures` of `report`: which figures there are, what they show and how they look. */
import * as v from 'valibot';
import type { FigureName } from '../../../report/locales/texts.ts';

/** A record, so that the compiler reports a figure that is missing. */
const FIGURES: Readonly<Record<FigureName, true>> = {
  differences: true,
  accuracy: true,
  'accuracy-near-baseline': true,
  tradeoff: true,
  latency: true,
  'published-svd': true,
  'published-cur': true,
  front: true,
  tuning: true,
  training: true,
  errors: true,
  parameters: true,
  ranks: true,
  spectrum: true,
  scheme: true,
};

const figureNames = Object.keys(FIGURES) as FigureName[];

const width = v.pipe(v.number(), v.minValue(40), v.maxValue(500));

const range = (least: number, greatest: number) =>
  v.pipe(
    v.tuple([
      v.pipe(v.number(), v.minValue(least), v.maxValue(greatest)),
      v.pipe(v.number(), v.minValue(least), v.maxValue(greatest)),
    ]),
    v.check(([from, to]) => from < to, 'the first number of a range must be less than the second'),
  );

const orAll = <T extends v.GenericSchema>(schema: T, description: string) =>
  v.optional(v.pipe(v.nullable(schema), v.description(description)), null);

export const figuresParameter = v.optional(
  v.pipe(
    v.strictObject({
      only: orAll(v.array(v.picklist(figureNames)), 'The figures that are drawn; null for all.'),
      methods: orAll(
        v.array(v.string()),
        'The methods in figures; null for all. Tables and tests are of all methods.',
      ),
      rates: orAll(
        range(1, Number.MAX_SAFE_INTEGER),
        'The nominal rates in figures, as [least, greatest]; null for all.',
      ),
      accuracy: orAll(
        range(0, 100),
        'The range of the axes of the accuracy in percent, as [least, greatest]; null for all results.',
      ),
      font: v.optional(
        v.pipe(v.picklist(['sans', 'serif']), v.description('The font: DejaVu Sans or Serif.')),
        'sans',
      ),
      fontSize: v.optional(
        v.pipe(
          v.number(),
          v.minValue(4),
          v.maxValue(14),
          v.description('The size of all text in figures, in points.'),
        ),
        7.5,
      ),
      columnWidth: v.optional(
        v.pipe(
          width,
          v.description('The width of a figure in a column of a journal, in millimetres.'),
        ),
        88,
      ),
      pageWidth: v.optional(
        v.pipe(width, v.description('The width of a figure across the page, in millimetres.')),
        180,
      ),
    }),
    v.description('Which figures are drawn, what they show and how they look.'),
  ),
  {},
);

export type FiguresParameter = v.InferOutput<typeof figuresParameter>;
