/** `report`: figures, tables and one page, from the scores and the singular values. */
import * as v from 'valibot';
import { defineStage } from '../runner/index.ts';
import { methodParameter } from './shared/method-parameter.ts';

export const report = defineStage({
  name: 'report',
  description: 'Figures (SVG, PDF, PNG), tables (CSV, Markdown, LaTeX) and a page (HTML).',
  parameters: v.strictObject({
    title: v.pipe(v.string(), v.description('Of the page.')),
    tolerance: v.optional(
      v.pipe(
        v.number(),
        v.minValue(0),
        v.maxValue(1),
        v.description(
          "How far below the uncompressed network's accuracy still counts as no loss: a share.",
        ),
      ),
      0.005,
    ),
    language: v.optional(
      v.pipe(v.picklist(['en', 'ru']), v.description('Of figures, tables and page.')),
      'en',
    ),
    colours: v.optional(
      v.pipe(
        v.record(
          methodParameter,
          v.pipe(v.string(), v.regex(/^#[0-9a-fA-F]{6}$/, "a colour is written '#rrggbb'")),
        ),
        v.description("Of methods: '#rrggbb'. Others keep those that the colour-blind can tell."),
      ),
      {},
    ),
  }),
  inputs: {
    scores: { kind: 'scores', many: true },
    factors: { kind: 'factors', many: true, optional: true },
    models: { kind: 'model', many: true, optional: true },
  },
  outputs: { report: 'report' },
  parallel: true,
  load: async () => {
    const { mkdirSync, writeFileSync } = await import('node:fs');
    const { dirname, join } = await import('node:path');
    const { buildReport } = await import('../report/index.ts');
    const { reportInput } = await import('./shared/report-input.ts');
    const { withExportingThread } = await import('./shared/exporting-thread.ts');
    return {
      run: async (context) => {
        const { title, ...options } = context.parameters;
        const files = await withExportingThread(context, async (exportFigure) =>
          buildReport(reportInput(title, context), { ...options, exportFigure }),
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
