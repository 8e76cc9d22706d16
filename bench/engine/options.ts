/** The options of the command line, and their defaults. */
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { toolsByName } from './tools/index.ts';

export interface Options {
  readonly sizes: readonly number[];
  readonly tools: readonly string[];
  readonly samples: number;
  readonly limit: number;
  readonly jobs: number;
  readonly venv: string | undefined;
  readonly wireit: string;
  readonly root: string;
  readonly largeMebibytes: number;
  readonly scale: number;
  readonly json: string;
  /** Whether the results go into bench/README.md and bench/engine/results.json. */
  readonly write: boolean;
}

export const usage = `node bench/engine/run.mjs [options]

  --venv FOLDER      a Python environment with dvc and snakemake
                     (python3 -m venv FOLDER && FOLDER/bin/pip install dvc snakemake)
  --wireit FOLDER    where wireit is, or where npm installs it (a temporary folder)
  --sizes 1000,10000 stages of the DAGs, multiples of 50; the bounds are for these two
  --tools LIST       of ${Object.keys(toolsByName).join(', ')} (all)
  --samples 7        runs with nothing to do; the median counts
  --limit 600        seconds that a single run of a tool may take
  --jobs 2           parallel commands, for all tools
  --large 1024       MiB of the large file; 0 leaves it out
  --scale 100000     number of instances of the matrix that only this project gets; the bounds are for this
                     number; 0 leaves it out
  --root FOLDER      where the DAGs are made, on a real disk (the system's temporary folder)
  --json FILE        where the results go
  --write            put them into bench/README.md and bench/engine/results.json`;

/** Undefined if only the usage is requested. Throws on invalid arguments. */
export function parseOptions(words: readonly string[]): Options | undefined {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({
    args: [...words],
    options: {
      venv: { type: 'string' },
      wireit: text(join(tmpdir(), 'pipeline-bench-wireit')),
      sizes: text('1000,10000'),
      tools: text(Object.keys(toolsByName).join(',')),
      samples: text('7'),
      limit: text('600'),
      jobs: text('2'),
      large: text('1024'),
      scale: text('100000'),
      root: text(tmpdir()),
      json: text(join(tmpdir(), 'pipeline-bench-engine.json')),
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const sizes = values.sizes.split(',').map(Number);
  const odd = sizes.find((size) => !(size > 0) || size % 50 !== 0);
  if (odd !== undefined) throw new Error('--sizes takes multiples of 50');
  const scale = Number(values.scale);
  if (!(scale >= 0) || scale % 100 !== 0) throw new Error('--scale takes a multiple of 100');
  const tools = values.tools.split(',');
  const unknown = tools.find((name) => !Object.hasOwn(toolsByName, name));
  if (unknown !== undefined) throw new Error(`--tools: no tool is named ${unknown}`);
  return {
    sizes,
    tools,
    samples: Number(values.samples),
    limit: Number(values.limit),
    jobs: Number(values.jobs),
    venv: values.venv === undefined ? undefined : resolve(values.venv),
    wireit: resolve(values.wireit),
    root: resolve(values.root),
    largeMebibytes: Number(values.large),
    scale,
    json: values.write ? 'bench/engine/results.json' : resolve(values.json),
    write: values.write,
  };
}
