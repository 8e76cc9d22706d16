/**
 * Bundles of stages that one job builds one after another. A job costs Slurm and the node more than
 * a short stage does. Pure.
 */
import { addTo } from '../../../base/add-to.ts';

export interface Bundling {
  /** No bundle is expected to take longer, unless one stage does. */
  readonly mostSeconds: number;
  /** The number of jobs that probably run in parallel. With fewer bundles, nodes would be idle. */
  readonly slots: number;
}

/** The start of a job takes about this long, so a bundle should not be much shorter. */
const LEAST_SECONDS = 5;

/** What the engine needs for any stage. */
const STAGE_SECONDS = 0.1;

/** `secondsOf` is the past duration. A stage without one gets a bundle for itself. */
export function bundlesOf<T>(
  items: readonly T[],
  secondsOf: (item: T) => number | undefined,
  { mostSeconds, slots }: Bundling,
): T[][] {
  const timed = items.map((item) => ({ item, seconds: secondsOf(item) }));
  const costOf = (seconds: number): number => Math.max(STAGE_SECONDS, seconds);
  const total = timed.reduce((sum, { seconds = 0 }) => sum + costOf(seconds), 0);
  const size = Math.min(mostSeconds, Math.max(LEAST_SECONDS, total / slots));
  // Rounded, because otherwise there would be one more bundle than slots.
  const fits = (before: number, cost: number): boolean =>
    before + cost / 2 <= size && before + cost <= mostSeconds;
  const bundles: T[][] = [];
  let open: { readonly items: T[]; seconds: number } | undefined;
  for (const { item, seconds } of timed) {
    if (seconds === undefined) bundles.push([item]);
    else if (open && fits(open.seconds, costOf(seconds))) {
      open.items.push(item);
      open.seconds += costOf(seconds);
    } else {
      open = { items: [item], seconds: costOf(seconds) };
      bundles.push(open.items);
    }
  }
  return bundles;
}

/** Items with the same text, in the order of their first one. */
export function grouped<T>(items: readonly T[], textOf: (item: T) => string): readonly T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const text = textOf(item);
    addTo(groups, text, item);
  }
  return [...groups.values()];
}

/** At most `size` items in each list. */
export function chunked<T>(items: readonly T[], size: number): readonly T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size));
}
