/** Results as Markdown: one row per network and engine, the bounds, the machine. */
import type { Machine } from '../engine/machine.ts';
import type { Bound, Network } from './networks.ts';

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

/** Those of the measured engines. */
function boundsOf(row: Row, engines: readonly string[]) {
  const { name, bounds } = row.network;
  return bounds
    .filter(({ engine }) => engines.includes(engine))
    .map((bound) => ({
      what: `${name}, ${bound.engine}, ${limitOf(bound)}`,
      ...check(row, bound),
    }));
}

function limitOf(bound: Bound): string {
  if (bound.quantity === 'memory') return `peak memory: at most ${bound.mostGibibytes} GiB`;
  const what = bound.quantity === 'train' ? 'training' : 'inference';
  return `${what}: at least ${bound.least} times ${bound.peer}`;
}

function check(row: Row, bound: Bound): { value: string; holds: boolean | undefined } {
  if (bound.quantity === 'memory') {
    const bytes = median(row, bound.engine, 'peakBytes');
    if (bytes === undefined) return { value: '', holds: undefined };
    const gibibytes = bytes / 2 ** 30;
    return { value: `${gibibytes.toFixed(2)} GiB`, holds: gibibytes <= bound.mostGibibytes };
  }
  const ratio = over(row, bound.engine, bound.quantity, bound.peer);
  if (ratio === undefined) return { value: '', holds: undefined };
  return { value: `${ratio.toFixed(2)} times`, holds: ratio >= bound.least };
}

function over(row: Row, engine: string, quantity: Quantity, peer = 'PyTorch'): number | undefined {
  const [ours, theirs] = [median(row, engine, quantity), median(row, peer, quantity)];
  return ours === undefined || theirs === undefined ? undefined : ours / theirs;
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
