/** Results as Markdown: one row per engine, the selections, the bounds, the machine. */
import type { Machine } from '../engine/machine.ts';

/** One engine. If it was not measured, `missing` has the reason and no other field is set. */
export interface Measured {
  readonly name: string;
  readonly missing?: string;
  readonly backend?: string;
  /** One entry per run. */
  readonly seconds?: readonly number[];
  readonly peakBytes?: number;
  readonly relativeError?: number;
  /**
   * The smallest number of steps with an error within `EXCESS` of the least, if this was tried; null if no number was
   * enough.
   */
  readonly reached?: { readonly how: string; readonly seconds: number } | null;
  /** Seconds for one slice, and for forty. */
  readonly oneRate?: number;
  readonly rates?: number;
  readonly selections?: Readonly<Record<string, number>>;
}

/** Engines stop at errors that differ by orders of magnitude. They are compared at this much above the least error. */
export const EXCESS = 1e-4;

export interface Results {
  readonly time: string;
  readonly machine: Machine;
  readonly rows: number;
  readonly cols: number;
  readonly rank: number;
  /** The least relative error of that rank. */
  readonly optimum: number;
  readonly measured: readonly Measured[];
  readonly peer: Measured;
}

export function toMarkdown(results: Results): { markdown: string; holds: boolean } {
  const { rows, cols, rank, machine, time, peer, measured } = results;
  const bounds = boundsOf(results);
  const words = { true: 'holds', false: '**does not hold**', undefined: 'not measured' };
  const markdown = [
    ...table(
      [
        `rank ${rank} of ${rows} x ${cols}`,
        'seconds',
        'to the peer',
        'error above the least',
        `seconds to ${percent(EXCESS, 2)} above it`,
        'memory beyond the matrix',
        '40 rates to one',
      ],
      [...measured, peer].map((one) => engineRow(one, results)),
    ),
    '',
    ...table(
      ['columns chosen by', ...measured.filter((one) => one.selections).map(({ name }) => name)],
      selectionRows(measured),
    ),
    '',
    ...table(
      ['bound', 'measured', ''],
      bounds.map(({ what, value, holds }) => [what, value ?? '', words[`${holds}`]]),
    ),
    '',
    `Taken on ${time.slice(0, 10)}: ${machine.processor}, ${machine.cores} cores, ` +
      `${machine.memoryGigabytes} GB, Node ${machine.node}; load ${machine.load.toFixed(1)} at the end.`,
    '',
    ...[...measured, peer].map(({ name, backend, missing }) => `- ${name}: ${backend ?? missing}`),
  ].join('\n');
  return { markdown, holds: bounds.every(({ holds }) => holds !== false) };
}

function engineRow(one: Measured, { optimum, rows, cols, peer }: Results): string[] {
  if (one.seconds === undefined) return [one.name, 'not measured', '', '', '', '', ''];
  const beyond = (one.peakBytes! - 4 * rows * cols) / 2 ** 30;
  return [
    one.name,
    median(one.seconds).toFixed(2),
    peer.seconds ? (median(one.seconds) / median(peer.seconds)).toFixed(2) : '',
    percent(excess(one, optimum)),
    timeToReach(one, optimum),
    `${beyond.toFixed(2)} GiB`,
    one.rates === undefined ? '' : sweep(one).toFixed(2),
  ];
}

function timeToReach(one: Measured, optimum: number): string {
  if (one.reached) return `${one.reached.seconds.toFixed(2)} (${one.reached.how})`;
  return excess(one, optimum) <= EXCESS ? median(one.seconds!).toFixed(2) : 'not reached';
}

function selectionRows(measured: readonly Measured[]): string[][] {
  const present = measured.filter((one) => one.selections !== undefined);
  const names = Object.keys(present[0]?.selections ?? {});
  return names.map((name) => [
    name,
    ...present.map(({ selections }) => `${selections![name]!.toFixed(2)} s`),
  ]);
}

interface Bound {
  readonly what: string;
  readonly value?: string | undefined;
  readonly holds?: boolean | undefined;
}

/** The bounds: times relative to the peer, the error, the memory, the sweep, the selections. */
function boundsOf({ measured, peer, optimum, rows, cols }: Results): Bound[] {
  const bounds: Bound[] = [];
  for (const one of measured) {
    const { name, seconds, peakBytes, selections } = one;
    if (seconds === undefined) continue;
    const native = /^(tensorflow|onnx)/.test(name);
    const most = native ? 1.2 : 5;
    const several = !name.endsWith(', 1 thread');
    const bound = (what: string, value: number, limit: number, shown = value.toFixed(2)) =>
      bounds.push({ what: `${name}: ${what}`, value: shown, holds: value <= limit });
    if (peer.seconds && several) {
      bound(`at most ${most} times the peer`, median(seconds) / median(peer.seconds), most);
    }
    if (peer.reached && native && several && excess(one, optimum) <= EXCESS) {
      const share = median(seconds) / peer.reached.seconds;
      bound(`at most half of the peer's time to ${percent(EXCESS, 2)} above the least`, share, 0.5);
    }
    bound(
      'at most 0.1% above the least error',
      excess(one, optimum),
      1e-3,
      percent(excess(one, optimum)),
    );
    bound('at most 2 GiB beyond the matrix', (peakBytes! - 4 * rows * cols) / 2 ** 30, 2);
    bound('40 rates at most 1.5 times one', sweep(one), 1.5);
    const slowest = Math.max(...Object.values(selections ?? {}));
    bound('each selection at most twice the SVD', slowest / median(seconds), 2);
  }
  return bounds;
}

function excess({ relativeError }: Measured, optimum: number): number {
  return relativeError! / optimum - 1;
}

function sweep({ seconds, oneRate, rates }: Measured): number {
  return (median(seconds!) + rates!) / (median(seconds!) + oneRate!);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function percent(value: number, digits = 3): string {
  return `${(100 * value).toFixed(digits)}%`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)];
}
