/** The first circle among declared stages, as a diagnostic that shows each reference of it. */
import { type Diagnostic, error } from '../document/diagnostic.ts';
import type { StageDeclaration } from '../document/pipeline-document.ts';
import type { Spanned } from '../document/source.ts';
import { parseSelector } from './selector.ts';
import { stagesOf } from './when.ts';

export function findCircle(stages: ReadonlyMap<string, StageDeclaration>): Diagnostic | undefined {
  const done = new Set<string>();
  for (const start of stages.keys()) {
    // Depth first without recursion: a chain may be longer than the stack is deep.
    const path: { name: string; references: Spanned<string>[]; next: number }[] = [];
    const enter = (name: string) =>
      path.push({ name, references: referencesOf(stages.get(name)!), next: 0 });
    if (!done.has(start)) enter(start);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const reference = top.references[top.next++];
      if (!reference) {
        done.add(top.name);
        path.pop();
        continue;
      }
      const target = parseSelector(reference.value)?.name;
      if (target === undefined || !stages.has(target) || done.has(target)) continue;
      const from = path.findIndex((step) => step.name === target);
      if (from >= 0) return describe(path.slice(from));
      enter(target);
    }
  }
  return undefined;
}

/** The names of all stages, each after those that it refers to. Takes a document without circles. */
export function declarationOrder(stages: ReadonlyMap<string, StageDeclaration>): string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  for (const start of stages.keys()) {
    const path: { name: string; targets: string[] }[] = [];
    const enter = (name: string) => {
      seen.add(name);
      const targets = referencesOf(stages.get(name)!).map(
        (r) => parseSelector(r.value)?.name ?? '',
      );
      path.push({ name, targets: targets.filter((target) => stages.has(target)) });
    };
    if (!seen.has(start)) enter(start);
    while (path.length > 0) {
      const target = path.at(-1)!.targets.shift();
      if (target === undefined) order.push(path.pop()!.name);
      else if (!seen.has(target)) enter(target);
    }
  }
  return order;
}

function referencesOf(stage: StageDeclaration): Spanned<string>[] {
  const inputs = [...stage.inputs.values()].flatMap((input) => input.references);
  return [...(stage.each ? [stage.each] : []), ...stagesOf(stage), ...inputs];
}

function describe(
  circle: readonly { name: string; references: Spanned<string>[]; next: number }[],
): Diagnostic {
  const edges = circle.map(({ name, references, next }) => ({
    name,
    reference: references[next - 1]!,
  }));
  const names = [...edges.map((edge) => edge.name), edges[0]!.name].join(' -> ');
  return error(`these stages wait for each other: ${names}`, edges[0]!.reference.span, {
    related: edges.slice(1).map(({ name, reference }) => ({
      message: `"${name}" takes "${reference.value}"`,
      span: reference.span,
    })),
    suggestion: 'take one of these references out',
  });
}
