/** Measures each network on each engine, each in its own process, one after the other. */
import { writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine } from '../engine/machine.ts';
import { lastLineOf, say, writeSection } from '../side-by-side.ts';
import { type Network, networks } from './networks.ts';
import { type Measured, type Results, toMarkdown } from './table.ts';

const usage = `node bench/nn/run.mjs [options]

  --python PATH      a Python with torch; without it there is no peer to compare with
  --backends LIST    of onnx, tensorflow, wasm, and others of docs/backends.md (onnx,tensorflow,wasm)
  --networks LIST    by number, from 1 (all)
  --threads N        of every engine (all cores, 8 at most)
  --seconds 5        how long each of the two is timed, after a warm-up
  --samples 3        of each, in turn; the median counts
  --json FILE        where the results go
  --write            put them into bench/README.md and bench/nn/results.json`;

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
      backends: text('onnx,tensorflow,wasm'),
      networks: text(networks.map((_, index) => index + 1).join(',')),
      threads: text(String(Math.min(8, availableParallelism()))),
      seconds: text('5'),
      samples: text('3'),
      json: text(join(tmpdir(), 'pipeline-bench-nn.json')),
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { seconds, threads, python } = values;
  const engines = [
    ...values.backends.split(',').map((name) => ({
      name,
      run: (network: Network) =>
        lastLineOf<Measured>(process.execPath, [
          programs.ours,
          name,
          ...numbersOf(network),
          seconds,
          threads,
        ]),
    })),
    {
      name: 'PyTorch',
      run: (network: Network): Measured =>
        python === undefined
          ? { missing: 'no --python was given' }
          : lastLineOf<Measured>(python, [
              'bench/nn/peer.py',
              ...numbersOf(network),
              seconds,
              threads,
            ]),
    },
  ];
  const chosen = values.networks.split(',').map((number) => networks[Number(number) - 1]!);
  const rows = chosen.map((network) => ({ network, samples: [] as Record<string, Measured>[] }));
  for (const { network, samples } of rows) {
    // In turn, so that other load on the machine affects all engines alike.
    for (let sample = 0; sample < Number(values.samples); sample++) {
      const measured: Record<string, Measured> = {};
      for (const engine of engines) {
        say(`${network.name}: ${engine.name}`);
        measured[engine.name] = engine.run(network);
      }
      samples.push(measured);
    }
  }
  const results: Results = {
    time: new Date().toISOString(),
    machine: describeMachine(tmpdir()),
    engines: engines.map(({ name }) => name),
    rows,
  };
  return report(results, values.write ? 'bench/nn/results.json' : values.json, values.write);
}

function numbersOf({ width, hidden, pool, batch }: Network): readonly string[] {
  return [width, hidden, pool, batch].map(String);
}

function report(results: Results, json: string, write: boolean): number {
  writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
  const { markdown, holds } = toMarkdown(results);
  console.log(`\n${markdown}\n\nall numbers: ${json}`);
  if (write) writeSection('nn', markdown);
  return holds ? 0 : 1;
}
