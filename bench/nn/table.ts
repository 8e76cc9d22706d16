/** Results as Markdown: one row per network and engine, the bounds, the machine. */
import type { Machine } from '../engine/machine.ts';
import type { Network } from './networks.ts';

/** One run of one engine. `missing` is the reason why it was not measured. */
export type Measured =
  | {
      readonly version: string;
      /** Images per second. */
      readonly train: number;
      readonly infer: number;
      readonly peakBytes: number;
    }
  | { readonly missing: string };

export interface Results {
  readonly time: string;
  readonly machine: Machine;
  readonly engines: readonly string[];
  readonly rows: readonly {
    readonly network: Network;
    readonly samples: readonly Readonly<Record<string, Measured>>[];
  }[];
}

type Row = Results['rows'][number];
type Quantity = 'train' | 'infer' | 'peakBytes';

export function toMarkdown(results: Results): { markdown: string; holds: boolean } {
  const { machine, time, rows, engines } = results;
  const bounds = rows.flatMap((row) => boundsOf(row, engines));
  const words = { true: 'holds', false: '**does not hold**', undefined: 'not measured' };
  const markdown = [
    ...table(
      ['network', 'engine', 'training, images/s', 'inference, images/s', 'peak memory'],
      rows.flatMap((row) => engines.map((engine) => engineRow(row, engine))),
    ),
    '',
    ...table(
      ['bound', 'measured', ''],
      bounds.map(({ what, value, holds }) => [what, value, words[`${holds}`]]),
    ),
    '',
    `Taken on ${time.slice(0, 10)}: ${machine.processor}, ${machine.cores} cores, ` +
      `${machine.memoryGigabytes} GB, Node ${machine.node}; load ${machine.load.toFixed(1)} at the end.`,
    '',
    ...engines.map((engine) => `- ${engine}: ${versionOf(rows, engine)}`),
  ].join('\n');
  return { markdown, holds: bounds.every(({ holds }) => holds !== false) };
}

function engineRow(row: Row, engine: string): string[] {
  const peer = (quantity: Quantity): string => {
    const ratio = over(row, engine, quantity);
    return ratio === undefined || engine === 'PyTorch' ? '' : ` (${ratio.toFixed(2)})`;
  };
  const show = (quantity: 'train' | 'infer'): string => {
    const value = median(row, engine, quantity);
    return value === undefined ? 'not measured' : `${value.toPrecision(3)}${peer(quantity)}`;
  };
  const bytes = median(row, engine, 'peakBytes');
  const memory = bytes === undefined ? '' : `${(bytes / 2 ** 30).toFixed(2)} GiB`;
  return [row.network.name, engine, show('train'), show('infer'), memory];
}

function boundsOf(row: Row, engines: readonly string[]) {
  const { name, native, wasm, wasmImages } = row.network;
  const check = (engine: string, quantity: 'train' | 'infer', least: number, images?: number) => {
    const what = quantity === 'train' ? 'training' : 'inference';
    const other = images === undefined ? '' : `, or ${images} images/s`;
    const ratio = over(row, engine, quantity);
    const value = median(row, engine, quantity);
    return {
      what: `${name}, ${engine}, ${what}: ${least === 0 ? 'runs' : `${least} times PyTorch${other}`}`,
      value: ratio === undefined ? '' : `${ratio.toFixed(2)}, ${value!.toPrecision(3)} images/s`,
      holds:
        ratio === undefined
          ? undefined
          : ratio >= least || value! >= (images ?? Number.POSITIVE_INFINITY),
    };
  };
  return engines.flatMap((engine) => {
    if (engine === 'tensorflow') {
      return [check(engine, 'train', native), check(engine, 'infer', native)];
    }
    return engine === 'wasm' ? [check(engine, 'train', wasm, wasmImages)] : [];
  });
}

function over(row: Row, engine: string, quantity: Quantity): number | undefined {
  const [ours, peer] = [median(row, engine, quantity), median(row, 'PyTorch', quantity)];
  return ours === undefined || peer === undefined ? undefined : ours / peer;
}

function median(row: Row, engine: string, quantity: Quantity): number | undefined {
  const values = row.samples
    .flatMap((sample) => {
      const one = sample[engine];
      return one && !('missing' in one) ? [one[quantity]] : [];
    })
    .sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)];
}

function versionOf(rows: readonly Row[], engine: string): string {
  const all = rows.flatMap(({ samples }) => samples.map((sample) => sample[engine]));
  const one = all.find((measured) => measured && !('missing' in measured)) ?? all[0];
  if (!one) return 'not measured';
  return 'missing' in one ? `not measured: ${one.missing}` : one.version;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
