/**
 * Finds axes of a matrix that nothing in the stage depends on. Their instances look different, but all have
 * the same result. For example, a sweep over seeds that does not use the seed shows no variance.
 */
import type { Diagnostic } from '../document/diagnostic.ts';
import type { Located } from '../document/located.ts';
import type { StageDeclaration } from '../document/pipeline-document.ts';
import { parseReference, REFERENCE } from '../document/reference.ts';
import type { JoinIndex } from './join.ts';
import type { Axes, Stage } from './pipeline.ts';
import { gathers, parseSelector } from './selector.ts';

/** Fields of a command that are not part of the key, because they do not change the result. */
const IN_NO_KEY = new Set(['passEnv', 'scratch', 'metrics']);

/** Returns a warning for each axis of the stage's matrix that has several values and no effect. */
export function unusedAxes(
  stage: StageDeclaration,
  instances: readonly { readonly axes: Axes }[],
  indexes: ReadonlyMap<string, JoinIndex<Stage>>,
): Diagnostic[] {
  const counts = new Map<string, number>();
  // Many included products may have the same axis, which is checked once.
  const axes = new Set(stage.matrix.products.flatMap(({ entries }) => [...entries.keys()]));
  for (const axis of axes) {
    const values = new Set(instances.map((instance) => instance.axes.get(axis)));
    values.delete(undefined);
    counts.set(axis, values.size);
  }
  const several = [...counts].filter(([, count]) => count > 1);
  if (several.length === 0) return [];
  const read = axesRead(stage);
  return several.flatMap(([axis, count]): Diagnostic[] => {
    if (read === 'all' || read.has(axis) || isJoined(stage, axis, indexes)) return [];
    const { keySpan } = stage.matrix.products
      .find(({ entries }) => entries.has(axis))!
      .entries.get(axis)!;
    return [
      {
        severity: 'warning',
        message: `the axis "${axis}" of "${stage.name}" is not used: its ${count} values give the same result`,
        span: keySpan,
        suggestion: `use \${matrix.${axis}} in the stage, or remove the axis`,
      },
    ];
  });
}

/** The axes that the stage's declaration refers to; all of them if it uses `${matrix}`. */
function axesRead(stage: StageDeclaration): ReadonlySet<string> | 'all' {
  const read = new Set<string>();
  const look = (text: string): void => {
    for (const [, expression] of text.matchAll(REFERENCE)) {
      const [first, axis] = parseReference(expression ?? '').name.split(/[.[\]]/);
      if (first === 'matrix') read.add(axis ?? '');
    }
  };
  const visit = (node: Located): void => {
    if (node.kind === 'scalar') {
      if (typeof node.value === 'string') look(node.value);
    } else if (node.kind === 'list') node.items.forEach(visit);
    else for (const { value } of node.entries.values()) visit(value);
  };
  visit(stage.parameters);
  for (const [key, { value }] of stage.command) if (!IN_NO_KEY.has(key)) visit(value);
  for (const [port, { references }] of stage.inputs) {
    look(port);
    for (const { value } of references) look(value);
  }
  return read.has('') ? 'all' : read;
}

/** Whether an input differs per value: a stage that it refers to has the axis, and is joined by it. */
function isJoined(
  { inputs }: StageDeclaration,
  axis: string,
  indexes: ReadonlyMap<string, JoinIndex<Stage>>,
): boolean {
  return [...inputs.values()].some(({ references }) =>
    references.some(({ value }) => {
      const selector = parseSelector(value);
      if (!selector || gathers(selector, axis) || selector.filter.has(axis)) return false;
      return indexes.get(selector.name)?.hasAxis(axis) ?? false;
    }),
  );
}
