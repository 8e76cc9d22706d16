/** The bounds of the engine's own cost, each with the measured value. */
import type { Results, ToolResult } from './results.ts';
import type { Scale } from './scale.ts';
import type { Timed } from './timed.ts';

export interface Bound {
  readonly what: string;
  readonly bound: string;
  readonly measured: string;
  /** Undefined if it was not measured. */
  readonly holds: boolean | undefined;
}

/** The slower of our two forms must hold. It is compared with the fastest of the other tools. */
export function boundsOf(results: Results): Bound[] {
  const { tools, library, largeFile, scale } = results;
  const ours = tools.filter(({ id }) => id === 'pipeline' || id === 'matrix');
  const peers = tools.filter(({ id }) => ['dvc', 'snakemake', 'wireit'].includes(id));
  return [
    seconds('nothing to do, 1,000 stages', slowest(ours, '1000', 'nothing'), 0.3),
    seconds('nothing to do, 10,000 stages', slowest(ours, '10000', 'nothing'), 1.0),
    memory('its peak memory', highest(ours, '10000'), 300),
    ratio('1,000', fastest(peers, '1000'), slowest(ours, '1000', 'nothing'), 5),
    ratio('10,000', fastest(peers, '10000'), slowest(ours, '10000', 'nothing'), 10),
    seconds('one leaf of 10,000 changed', slowest(ours, '10000', 'leaf'), 1.2),
    bound(
      'the engine alone, per stage in the same process, 1,000 stages',
      engineMilliseconds(library),
      (ms) => ms <= 2,
      { bound: '<= 2 ms', show: (ms) => `${ms.toFixed(2)} ms` },
    ),
    bound(
      'a file of 1 GiB hashed and stored, against sha256sum',
      largeFile && largeFile.sha256sumSeconds / largeFile.storeSeconds,
      (times) => times >= 0.8,
      { bound: '>= 0.8 times its speed', show: (times) => `${times.toFixed(2)} times` },
    ),
    bound('the same restored by a link', largeFile?.restoreSeconds, (s) => s < 0.01, {
      bound: '< 10 ms',
      show: (s) => `${(1000 * s).toFixed(2)} ms`,
    }),
    ...large('first plan', scale, 'firstPlan', { seconds: 5, megabytes: 400 }),
    ...large('nothing to do', scale, 'nothing', { seconds: 3, megabytes: 600 }),
  ];
}

/** The time per stage, without the time in the stage itself. */
export function engineMilliseconds(run: Results['library']): number | undefined {
  if (!run) return undefined;
  const { prepareSeconds, executeSeconds, stageSeconds, executed } = run;
  return (1000 * (prepareSeconds + executeSeconds - stageSeconds)) / executed;
}

type Kind = 'nothing' | 'leaf';

function done(tool: ToolResult, size: string, kind: Kind): Extract<Timed, { kind: 'done' }>[] {
  const one = tool.sizes[size]?.[kind];
  return one?.kind === 'done' ? [one] : [];
}

function slowest(tools: readonly ToolResult[], size: string, kind: Kind): number | undefined {
  const all = tools.map((tool) => done(tool, size, kind));
  if (all.length === 0 || all.some((one) => one.length === 0)) return undefined;
  return Math.max(...all.flat().map((one) => one.seconds));
}

function fastest(tools: readonly ToolResult[], size: string): number | undefined {
  const all = tools.flatMap((tool) => done(tool, size, 'nothing'));
  return all.length === 0 ? undefined : Math.min(...all.map((one) => one.seconds));
}

/** Of the peaks with nothing to do. */
function highest(tools: readonly ToolResult[], size: string): number | undefined {
  const peaks = tools.flatMap((tool) => done(tool, size, 'nothing').map((one) => one.megabytes));
  const known = peaks.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** The bounds of the large matrix. */
function large(
  what: string,
  scale: Scale | undefined,
  kind: 'firstPlan' | 'nothing',
  most: { readonly seconds: number; readonly megabytes: number },
): Bound[] {
  const timed = scale?.stages === 100_000 ? scale[kind] : undefined;
  const measured = timed?.kind === 'done' ? timed : undefined;
  return [
    seconds(`${what}, a matrix of 100,000`, measured?.seconds, most.seconds),
    memory('its peak memory', measured?.megabytes, most.megabytes),
  ];
}

function memory(what: string, measured: number | undefined, most: number): Bound {
  return bound(what, measured, (mb) => mb <= most, {
    bound: `<= ${most} MB`,
    show: (mb) => `${mb.toFixed(0)} MB`,
  });
}

function seconds(what: string, measured: number | undefined, most: number): Bound {
  return bound(what, measured, (s) => s <= most, {
    bound: `<= ${most.toFixed(1)} s`,
    show: (s) => `${s.toFixed(2)} s`,
  });
}

function ratio(
  size: string,
  peer: number | undefined,
  own: number | undefined,
  least: number,
): Bound {
  const times = peer !== undefined && own !== undefined ? peer / own : undefined;
  const what = `nothing to do, ${size} stages, against the fastest of DVC, Snakemake and wireit`;
  return bound(what, times, (n) => n >= least, {
    bound: `>= ${least} times faster`,
    show: (n) => `${n.toFixed(1)} times`,
  });
}

function bound(
  what: string,
  measured: number | undefined,
  holds: (value: number) => boolean,
  text: { readonly bound: string; readonly show: (value: number) => string },
): Bound {
  if (measured === undefined) {
    return { what, bound: text.bound, measured: 'not measured', holds: undefined };
  }
  return { what, bound: text.bound, measured: text.show(measured), holds: holds(measured) };
}
