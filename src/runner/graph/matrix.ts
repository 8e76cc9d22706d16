/**
 * A stage's matrix to the axes of its instances: the union of products, in the declared order, without
 * those that it excludes.
 */
import { type Diagnostic, error } from '../document/diagnostic.ts';
import { interpolate } from '../document/interpolate.ts';
import { type LocatedMap, type LocatedScalar, toPlain } from '../document/located.ts';
import type { StageDeclaration } from '../document/pipeline-document.ts';
import { tooMany } from './instance-limit.ts';
import { type Axes, stageId } from './pipeline.ts';

export interface Instance {
  readonly axes: Axes;
  /** The axis values with their places, for `${matrix.rate}`. */
  readonly located: LocatedMap;
}

export interface Instances {
  readonly instances: readonly Instance[];
  readonly diagnostics: readonly Diagnostic[];
  /** True where there would be more than the limit: then there are none, and a diagnostic says so. */
  readonly refused?: boolean;
}

/**
 * `followed`: the instances of the stage that it names by `each`; its own axes multiply them. Each product
 * is counted before it is made: beside `already` others it must stay within `limit`.
 */
export function instancesOf(
  declaration: StageDeclaration,
  variables: LocatedMap,
  followed: readonly Instance[] | undefined,
  { already, limit }: { readonly already: number; readonly limit: number },
): Instances {
  const diagnostics: Diagnostic[] = [];
  const span = declaration.nameSpan;
  const none: Instance = { axes: new Map(), located: { kind: 'map', entries: new Map(), span } };
  const begun = followed ?? [none];
  const what = `the stage "${declaration.name}"`;
  const each = declaration.each?.value;
  const counted = { begun: begun.length, ...(each !== undefined && { each }), limit };
  if (declaration.matrix.products.length === 0) {
    const refusal = tooMany(what, { ...none.located, span }, { ...counted, already });
    if (refusal) return { instances: [], diagnostics: [refusal], refused: true };
    return { instances: begun, diagnostics };
  }
  const all = new Map<string, Instance>();
  for (const product of declaration.matrix.products) {
    const resolved = interpolate(product, variables);
    for (const one of resolved.diagnostics) diagnostics.push(one);
    const refusal = tooMany(what, resolved.root as LocatedMap, {
      ...counted,
      already: already + all.size,
    });
    if (refusal) return { instances: [], diagnostics: [refusal], refused: true };
    let instances = begun;
    for (const [axis, { keySpan, value }] of (resolved.root as LocatedMap).entries) {
      const values = value.kind === 'list' ? value.items : [value];
      if (followed?.some(({ axes }) => axes.has(axis))) {
        const stage = declaration.each!.value;
        diagnostics.push(error(`"${stage}" has an axis "${axis}" already`, keySpan));
      }
      if (axis === '' || /[[\],=.]/.test(axis)) {
        diagnostics.push(error(`"${axis}" can't name an axis`, keySpan));
      }
      const scalars = values.filter((item): item is LocatedScalar => item.kind === 'scalar');
      for (const item of values) {
        if (item.kind !== 'scalar')
          diagnostics.push(error('a value of an axis is a single value', item.span));
        // What a wrong name of a variable stands for is null, and the name is told already.
        else if (item.value === null && resolved.diagnostics.length > 0) continue;
        else if (item.value === null || /[[\],=]/.test(String(item.value))) {
          diagnostics.push(error(`"${item.value}" can't be a value of an axis`, item.span));
        }
      }
      instances = instances.flatMap((instance) =>
        scalars.map((item) => ({
          axes: new Map([...instance.axes, [axis, item.value]]),
          located: {
            ...instance.located,
            entries: new Map([...instance.located.entries, [axis, { keySpan, value: item }]]),
          },
        })),
      );
    }
    // A value listed twice, or by two products, is one instance.
    for (const instance of instances) {
      const name = stageId('', new Map([...instance.axes].sort()));
      const known = all.get(name);
      if (!known) all.set(name, instance);
      for (const [axis, value] of known?.axes ?? []) {
        if (instance.axes.get(axis) === value) continue;
        const { value: node } = instance.located.entries.get(axis)!;
        diagnostics.push(
          error(`${JSON.stringify(value)} stands here as a text and as none`, node.span),
        );
      }
    }
  }
  const kept = withoutExcluded([...all.values()], declaration, variables, diagnostics);
  return { instances: kept, diagnostics };
}

/** An exclusion that fits no instance is a misspelling, or no longer needed: it is told. */
function withoutExcluded(
  instances: readonly Instance[],
  { matrix }: StageDeclaration,
  variables: LocatedMap,
  diagnostics: Diagnostic[],
): readonly Instance[] {
  let kept = instances;
  for (const exclusion of matrix.excluded) {
    const resolved = interpolate(exclusion, variables);
    for (const one of resolved.diagnostics) diagnostics.push(one);
    const wanted = [...(resolved.root as LocatedMap).entries].map(([axis, { value }]) => {
      const values = value.kind === 'list' ? value.items : [value];
      return [axis, new Set(values.map((one) => String(toPlain(one))))] as const;
    });
    const fits = ({ axes }: Instance): boolean =>
      wanted.every(([axis, values]) => axes.has(axis) && values.has(String(axes.get(axis))));
    const before = kept.length;
    kept = kept.filter((instance) => !fits(instance));
    if (kept.length < before || resolved.diagnostics.length > 0) continue;
    diagnostics.push(error('this excludes no instance', exclusion.span));
  }
  return kept;
}
