/**
 * The engine on one matrix of very many instances: the first plan, on an empty store, and a run with nothing to do.
 *
 * Between the two, this process makes the results, because 100,000 shells would take many minutes and are not
 * measured. The keys are those of the commands, so a run finds the results.
 */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Executor, openProject, plan, run } from '../../src/index.ts';
import { type MeasureOptions, several } from './measure.ts';
import { type Timed, timed } from './timed.ts';

export interface Scale {
  readonly stages: number;
  readonly time: string;
  /** Of the minute before. */
  readonly load: number;
  readonly firstPlan: Timed;
  readonly nothing: Timed;
}

interface Library {
  readonly openProject: typeof openProject;
  readonly plan: typeof plan;
  readonly run: typeof run;
}

const PER_ROW = 100;

/** `program` is the built `main.js`; `stages` is a multiple of 100. */
export async function measureScale(
  program: string,
  stages: number,
  { root, samples, limit }: MeasureOptions,
): Promise<Scale> {
  const about = { stages, time: new Date().toISOString(), load: loadavg()[0]! };
  const folder = mkdtempSync(join(root, 'bench-scale-'));
  const file = join(folder, 'pipeline.yaml');
  const start = (...words: string[]) => {
    return timed({ words: [process.execPath, program, ...words] }, folder, limit);
  };
  try {
    writeFileSync(file, matrixText(stages));
    const firstPlan = await several(samples, () => start('plan'));
    await fill(file, program);
    const output = join(folder, `artifacts/latest/make/row=0,column=${PER_ROW - 1}/out.txt`);
    const made = statSync(output).mtimeMs;
    // The first run after another kind of run may tidy up: it is not counted.
    await start('run', '--quiet');
    const nothing = await several(samples, () => start('run', '--quiet'));
    const isAsMade = statSync(output).mtimeMs === made;
    if (!isAsMade || readFileSync(output, 'utf8') !== `0 ${PER_ROW - 1}\n`) {
      throw new Error('a run with nothing to do made files again');
    }
    return { ...about, firstPlan, nothing };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function matrixText(stages: number): string {
  const axis = (length: number) => Array.from({ length }, (_, at) => at).join(', ');
  return [
    `vars: { rows: [${axis(stages / PER_ROW)}], columns: [${axis(PER_ROW)}] }`,
    'stages:',
    '  make:',
    '    matrix: { row: "${rows}", column: "${columns}" }',
    '    run: echo ${matrix.row} ${matrix.column} > out.txt',
    '    outputs: [out.txt]',
    '',
  ].join('\n');
}

/** The commands run in this process. */
async function fill(file: string, program: string): Promise<void> {
  const address = pathToFileURL(join(dirname(program), 'index.js')).href;
  const library = (await import(address)) as Library;
  const opened = await library.openProject({ file });
  if (!opened.ok) throw new Error('the project does not open');
  const { project } = opened.value;
  const planned = await library.plan(project);
  if (!planned.ok) throw new Error('the plan fails');
  const { failed, remaining } = await library.run(project, planned.value, { executor: echo });
  if (failed + remaining > 0) throw new Error(`${failed + remaining} stages are not done`);
}

const echo: Executor = {
  execute({ parameters, outputs }, _signal, report) {
    const [, words] = /^echo (.*) > out\.txt$/.exec(String(parameters.run))!;
    report({ kind: 'single', port: 'out.txt' });
    writeFileSync(join(outputs['out.txt']!, 'out.txt'), `${words}\n`);
    return Promise.resolve({ ok: true, value: undefined });
  },
  close: () => undefined,
};
