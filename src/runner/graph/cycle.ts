/** Orders the declared stages by their references, and finds a cycle among them. */
import { type Diagnostic, error } from '../document/diagnostic.ts';
import type { StageDeclaration } from '../document/pipeline-document.ts';
import type { Spanned } from '../document/source.ts';
import { parseSelector } from './selector.ts';
import { stagesOf } from './when.ts';

export interface StageOrder {
  /** The names of all stages, each after those that it refers to, apart from references in a cycle. */
  readonly order: readonly string[];
  /** The first cycle, with each of its references. */
  readonly cycle: Diagnostic | undefined;
}

interface Step {
  readonly name: string;
  readonly references: readonly Spanned<string>[];
  /** The index of the next reference to follow. */
  next: number;
}

export function orderStages(stages: ReadonlyMap<string, StageDeclaration>): StageOrder {
  const order: string[] = [];
  const seen = new Set<string>();
  const done = new Set<string>();
  let cycle: Diagnostic | undefined;
  for (const start of stages.keys()) {
    // Depth first without recursion: a chain may be longer than the stack is deep.
    const path: Step[] = [];
    const enter = (name: string) => {
      seen.add(name);
      path.push({ name, references: referencesOf(stages.get(name)!), next: 0 });
    };
    if (!seen.has(start)) enter(start);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const reference = top.references[top.next++];
      if (!reference) {
        done.add(top.name);
        order.push(top.name);
        path.pop();
        continue;
      }
      const target = parseSelector(reference.value)?.name;
      if (target === undefined || !stages.has(target) || done.has(target)) continue;
      if (!seen.has(target)) enter(target);
      else cycle ??= describe(path.slice(path.findIndex((step) => step.name === target)));
    }
  }
  return { order, cycle };
}

function referencesOf(stage: StageDeclaration): Spanned<string>[] {
  const inputs = [...stage.inputs.values()].flatMap((input) => input.references);
  return [...(stage.each ? [stage.each] : []), ...stagesOf(stage), ...inputs];
}

function describe(cycle: readonly Step[]): Diagnostic {
  const edges = cycle.map(({ name, references, next }) => ({
    name,
    reference: references[next - 1]!,
  }));
  const names = [...edges.map((edge) => edge.name), edges[0]!.name].join(' -> ');
  return error(`these stages depend on each other: ${names}`, edges[0]!.reference.span, {
    related: edges.slice(1).map(({ name, reference }) => ({
      message: `"${name}" depends on "${reference.value}"`,
      span: reference.span,
    })),
    suggestion: 'remove one of these references',
  });
}
