/**
 * The syntax of references in a document and of targets on the command line: `stage`,
 * `stage[axis=value,...]`, `stage.output`. `*` matches any value, and `stage[*]` all instances.
 */
import type { Axes } from './pipeline.ts';

export interface Selector {
  readonly name: string;
  /** Values as written. Axes that are not named are not restricted. */
  readonly filter: ReadonlyMap<string, string>;
  /** `[*]`: the reference is not joined by any axis. */
  readonly all: boolean;
  readonly port: string | undefined;
}

const SELECTOR = /^([A-Za-z_][\w-]*)(?:\[([^\]]*)\])?(?:\.(.+))?$/;

/** A cache: the same texts are parsed for each instance, and in each pass over a document. */
const parsed = new Map<string, Selector | undefined>();

const MOST_KEPT = 50_000;

export function parseSelector(text: string): Selector | undefined {
  if (parsed.has(text)) return parsed.get(text);
  if (parsed.size > MOST_KEPT) parsed.clear();
  const selector = parse(text);
  parsed.set(text, selector);
  return selector;
}

function parse(text: string): Selector | undefined {
  const match = SELECTOR.exec(text.trim());
  if (!match) return undefined;
  const filter = new Map<string, string>();
  const all = match[2]?.trim() === '*';
  if (all) return { name: match[1]!, filter, all, port: match[3] };
  for (const pair of (match[2] ?? '').split(',').filter((part) => part.trim() !== '')) {
    const equals = pair.indexOf('=');
    const axis = pair.slice(0, Math.max(0, equals)).trim();
    if (axis === '' || filter.has(axis)) return undefined;
    filter.set(axis, pair.slice(equals + 1).trim());
  }
  return { name: match[1]!, filter, all, port: match[3] };
}

export function matches(selector: Selector, axes: Axes): boolean {
  for (const [axis, value] of selector.filter) {
    if (!axes.has(axis) || (value !== '*' && String(axes.get(axis)) !== value)) return false;
  }
  return true;
}

/** Whether a reference selects all values of this axis. */
export function gathers(selector: Selector, axis: string): boolean {
  return selector.all || selector.filter.get(axis) === '*';
}
