/** `report`: figures, tables and one page, from scores and singular values. */
import * as v from 'valibot';
import { defineStage } from '../runner/index.ts';
import { methodParameter } from './shared/method-parameter.ts';
import { figuresParameter } from './shared/reports/figures-parameter.ts';

export const report = defineStage({
  name: 'report',
  description:
    'Figures (SVG, PDF, PNG, with data and specification), tables (CSV, Markdown, LaTeX) and a page (HTML).',
  parameters: v.strictObject({
    title: v.pipe(v.string(), v.description('The title of the page.')),
    tolerance: v.optional(
      v.pipe(
        v.number(),
        v.minValue(0),
        v.maxValue(1),
        v.description('The loss of accuracy, as a share, that still counts as no loss.'),
      ),
      0.005,
    ),
    language: v.optional(
      v.pipe(
        v.picklist(['en', 'ru']),
        v.description('The language of the figures, tables and page.'),
      ),
      'en',
    ),
    colours: v.optional(
      v.pipe(
        v.record(
          methodParameter,
          v.pipe(v.string(), v.regex(/^#[0-9a-fA-F]{6}$/, "a colour must be written as '#rrggbb'")),
        ),
        v.description(
          "The colours of methods, as '#rrggbb'. Other methods keep the default colours, which colour-blind readers can distinguish.",
        ),
      ),
      {},
    ),
    figures: figuresParameter,
  }),
  inputs: {
    scores: { kind: 'scores', many: true },
    factors: { kind: 'factors', many: true, optional: true },
    models: { kind: 'model', many: true, optional: true },
    latencies: { kind: 'latency', many: true, optional: true },
    curves: { kind: 'curve', many: true, optional: true },
  },
  outputs: { report: 'report' },
  parallel: true,
  load: async () => {
    const { mkdirSync, writeFileSync } = await import('node:fs');
    const { dirname, join } = await import('node:path');
    const { buildReport } = await import('../report/index.ts');
    const { figureOptions } = await import('./shared/reports/figure-options.ts');
    const { reportInput } = await import('./shared/reports/report-input.ts');
    const { withExportingThread } = await import('./shared/reports/exporting-thread.ts');
    return {
      run: async (context) => {
        const { title, figures, ...options } = context.parameters;
        const files = await withExportingThread(context, async (exportFigure) =>
          buildReport(reportInput(title, context), {
            ...options,
            figures: figureOptions(figures),
            exportFigure,
          }),
        );
        for (const [path, content] of files) {
          const target = join(context.output('report'), path);
          mkdirSync(dirname(target), { recursive: true });
          writeFileSync(target, content);
        }
      },
    };
  },
});
