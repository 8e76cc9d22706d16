/** The axes of an instance that is known only by its id, such as one of a past run. */
import type { Axes } from './pipeline.ts';

/**
 * The axes of `train[seed=0]`. A value that reads like a number is one. A value that contains `,name=` is ambiguous and
 * read as two.
 */
export function axesOfInstance(id: string): Axes {
  const axes = new Map<string, string | number>();
  const inside = /^[^[]*\[(.*)\]$/s.exec(id)?.[1];
  if (inside === undefined) return axes;
  for (const pair of inside.split(/,(?=[A-Za-z_][\w-]*=)/)) {
    const equals = pair.indexOf('=');
    const value = pair.slice(equals + 1);
    axes.set(pair.slice(0, equals), String(Number(value)) === value ? Number(value) : value);
  }
  return axes;
}
