/**
 * Expands the matrix of a stage into instances: the union of its products, in the declared order, without the
 * excluded instances.
 */
import { type Diagnostic, error } from '../document/diagnostic.ts';
import { interpolate } from '../document/interpolate.ts';
import type { Located, LocatedEntry, LocatedMap } from '../document/located.ts';
import type { StageDeclaration } from '../document/pipeline-document.ts';
import { AxisValues, isSameValue, isValue } from './axis-values.ts';
import { tooMany } from './instance-limit.ts';
import { type Axes, stageId } from './pipeline.ts';

export interface Instance {
  readonly axes: Axes;
  /** The axis values with their places, for `${matrix.rate}`. A list is a third as large as a map. */
  readonly located: readonly (readonly [axis: string, value: LocatedEntry])[];
}

export interface Instances {
  readonly instances: readonly Instance[];
  /** Axis -> its maps, for axes whose maps are named by position. */
  readonly numbered?: ReadonlyMap<string, readonly string[]>;
  readonly diagnostics: readonly Diagnostic[];
  /** True if there would be more instances than the limit. Then there are none, and a diagnostic reports it. */
  readonly refused?: boolean;
}

/**
 * `followed`: the instances of the stage that is named by `each`; the axes of this stage multiply them. Each product
 * is counted before it is expanded: together with `already` other instances it must stay within `limit`.
 */
export function instancesOf(
  declaration: StageDeclaration,
  variables: LocatedMap,
  followed: readonly Instance[] | undefined,
  { already, limit }: { readonly already: number; readonly limit: number },
): Instances {
  const diagnostics: Diagnostic[] = [];
  const span = declaration.nameSpan;
  const none: Instance = { axes: new Map(), located: [] };
  const begun = followed ?? [none];
  const what = `the stage "${declaration.name}"`;
  const each = declaration.each?.value;
  const counted = { begun: begun.length, ...(each !== undefined && { each }), limit };
  if (declaration.matrix.products.length === 0) {
    const product: LocatedMap = { kind: 'map', entries: new Map(), span };
    const refusal = tooMany(what, product, { ...counted, already });
    if (refusal) return { instances: [], diagnostics: [refusal], refused: true };
    return { instances: begun, diagnostics };
  }
  const all = new Map<string, Instance>();
  const products = declaration.matrix.products.map((one) => interpolate(one, variables));
  const valuesOf = new AxisValues(products.map(({ root }) => root as LocatedMap));
  for (const resolved of products) {
    for (const one of resolved.diagnostics) diagnostics.push(one);
    const refusal = tooMany(what, resolved.root as LocatedMap, {
      ...counted,
      already: already + all.size,
    });
    if (refusal) return { instances: [], diagnostics: [refusal], refused: true };
    let instances = begun;
    for (const [axis, { keySpan, value }] of (resolved.root as LocatedMap).entries) {
      if (followed?.some(({ axes }) => axes.has(axis))) {
        const stage = declaration.each!.value;
        diagnostics.push(error(`"${stage}" already has an axis "${axis}"`, keySpan));
      }
      if (axis === '' || /[[\],=.]/.test(axis)) {
        diagnostics.push(error(`"${axis}" can't be the name of an axis`, keySpan));
      }
      // A variable with a wrong name is null, and the name is reported already.
      const values = valuesOf.of(axis, value, resolved.diagnostics.length > 0, diagnostics);
      const entries = values.map(({ name, node }) => {
        return { name, entry: [axis, { keySpan, value: node }] as const };
      });
      instances = instances.flatMap(({ axes, located }) =>
        entries.map(({ name, entry }) => ({
          axes: new Map(axes).set(axis, name),
          located: [...located, entry],
        })),
      );
    }
    // A combination that occurs twice, in one product or in two, is one instance.
    for (const instance of instances) {
      const name = stageId('', new Map([...instance.axes].sort()));
      const known = all.get(name);
      if (!known) all.set(name, instance);
      for (const [axis, value] of known?.axes ?? []) {
        const node = nodeOf(instance, axis)!;
        if (isSameValue(node, nodeOf(known!, axis)!)) continue;
        diagnostics.push(
          error(`${JSON.stringify(value)} occurs with and without quotes on this axis`, node.span),
        );
      }
    }
  }
  const kept = withoutExcluded([...all.values()], declaration, variables, diagnostics);
  return { instances: kept, numbered: valuesOf.numbered, diagnostics };
}

/** An exclusion that matches no instance is an error: it is misspelt, or no longer needed. */
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
      return [axis, value.kind === 'list' ? value.items : [value]] as const;
    });
    const fits = (instance: Instance): boolean =>
      wanted.every(([axis, values]) => {
        const { axes } = instance;
        const node = nodeOf(instance, axis);
        return axes.has(axis) && values.some((one) => isValue(one, axes.get(axis)!, node));
      });
    const before = kept.length;
    kept = kept.filter((instance) => !fits(instance));
    if (kept.length < before || resolved.diagnostics.length > 0) continue;
    diagnostics.push(error('this excludes no instance', exclusion.span));
  }
  return kept;
}

function nodeOf({ located }: Instance, axis: string): Located | undefined {
  return located.find(([name]) => name === axis)?.[1].value;
}
