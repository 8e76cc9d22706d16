/** Measures each engine on a layer with a known optimum, each in its own process. Then writes the table. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../engine/machine.ts';
import { lastLineOf, say, writeSection } from '../side-by-side.ts';
import { knownLayer, knownOptimum } from './layer.ts';
import { EXCESS, type Measured, type Results, toMarkdown } from './table.ts';

const usage = `node bench/linalg/run.mjs [options]

  --python PATH      a Python with torch; without it there is no peer to compare with
  --rows 4096        of the layer, a power of two
  --cols 25088       of the layer, a multiple of 512
  --rank 141
  --samples 3        of each; the median counts
  --backends LIST    of tensorflow-gpu, tensorflow, onnx, wasm, cpu (onnx,tensorflow,wasm)
  --json FILE        where the results go
  --write            put them into bench/README.md and bench/linalg/results.json`;

/** Programs of this folder, as files that node runs. */
export interface Programs {
  readonly ours: string;
}

/** The exit code: 1 if a bound does not hold. */
export async function benchmark(words: readonly string[], programs: Programs): Promise<number> {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({
    args: [...words],
    options: {
      python: { type: 'string' },
      rows: text('4096'),
      cols: text('25088'),
      rank: text('141'),
      samples: text('3'),
      backends: text('onnx,tensorflow,wasm'),
      json: text(join(tmpdir(), 'pipeline-bench-linalg.json')),
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const [rows, cols, rank] = [values.rows, values.cols, values.rank].map(Number) as [
    number,
    number,
    number,
  ];
  const folder = mkdtempSync(join(tmpdir(), 'bench-linalg-'));
  const file = join(folder, 'layer.f32');
  try {
    say(`a layer of ${rows} x ${cols}`);
    writeFileSync(file, knownLayer(rows, cols).data);
    const shape = [file, rows, cols, rank].map(String);
    const measured: Measured[] = [];
    for (const { name, backend, threads } of configurations(values.backends.split(','))) {
      say(name);
      const rest = [backend, String(threads), values.samples];
      measured.push({
        name,
        ...lastLineOf<Omit<Measured, 'name'>>(process.execPath, [programs.ours, ...shape, ...rest]),
      });
    }
    const peer: Measured = {
      name: `torch.svd_lowrank(q=${rank + 10}, niter=2)`,
      ...(values.python === undefined
        ? { missing: 'no --python was given' }
        : lastLineOf<Omit<Measured, 'name'>>(values.python, [
            'bench/linalg/peer.py',
            ...shape,
            values.samples,
            String(knownOptimum(rows, rank)),
            String(EXCESS),
          ])),
    };
    const results: Results = {
      time: new Date().toISOString(),
      machine: describeMachine(folder),
      rows,
      cols,
      rank,
      optimum: knownOptimum(rows, rank),
      measured,
      peer,
    };
    return report(results, values.write ? 'bench/linalg/results.json' : values.json, values.write);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function configurations(backends: readonly string[]) {
  return backends.flatMap((backend) => {
    if (backend !== 'wasm' && backend !== 'onnx') return [{ name: backend, backend, threads: 1 }];
    const cores = Math.min(8, availableParallelism());
    const counts = cores > 1 ? [cores, 1] : [1];
    return counts.map((threads) => ({
      name: threads === 1 ? `${backend}, 1 thread` : `${backend}, ${threads} threads`,
      backend,
      threads,
    }));
  });
}

function report(results: Results, json: string, write: boolean): number {
  writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
  const { markdown, holds } = toMarkdown(results);
  console.log(`\n${markdown}\n\nall numbers: ${json}`);
  if (write) writeSection('linalg', markdown);
  return holds ? 0 : 1;
}
