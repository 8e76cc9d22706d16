/** What figures show, and how they look. Tables and tests are of all results in any case. */

import { type FigureStyle, type Range, USUAL_STYLE } from './charts/canvas.ts';
import type { FigureName } from './locales/texts.ts';
import type { Summary } from './summary.ts';

export interface FigureOptions extends FigureStyle {
  /** The figures that are drawn; null for all. */
  readonly only: readonly FigureName[] | null;
  /** The methods in them, without scheme and choice of ranks; null for all. */
  readonly methods: readonly string[] | null;
  /** The nominal rates in them; null for all. */
  readonly rates: Range | null;
}

export const ALL_FIGURES: FigureOptions = {
  ...USUAL_STYLE,
  only: null,
  methods: null,
  rates: null,
};

/** The part of a study that its figures show. */
export function shownIn(
  summary: Summary,
  { methods, rates }: Pick<FigureOptions, 'methods' | 'rates'>,
): Summary {
  if (methods === null && rates === null) return summary;
  const { study, looks } = summary;
  const bases = new Map(study.rows.map(({ method, base }) => [method, base]));
  const isMethod = (method: string): boolean =>
    methods === null || methods.includes(bases.get(method) ?? method);
  const isShown = ({ method, rate }: Compared): boolean =>
    rate === null ||
    (isMethod(method) && (rates === null || (rate >= rates[0] && rate <= rates[1])));
  return {
    ...summary,
    study: {
      ...study,
      rows: study.rows.filter(isShown),
      curves: study.curves.filter(
        ({ method, rate }) => method === null || isShown({ method, rate }),
      ),
    },
    aggregates: summary.aggregates.filter(isShown),
    hypotheses: summary.hypotheses.filter(({ method }) => isMethod(method)),
    timings: summary.timings.filter(({ of }) => isShown(of)),
    looks: new Map([...looks].filter(([method]) => isMethod(method))),
  };
}

interface Compared {
  readonly method: string;
  readonly rate: number | null;
}
