/**
 * The values of the axes of a matrix, and their names. The name of a single value is its text. The name of a
 * map is its field `name` or `id`, or its position in the list if these fields are not unique.
 */
import { type Diagnostic, error } from '../document/diagnostic.ts';
import { type Located, type LocatedMap, type Scalar, textOf } from '../document/located.ts';

export interface AxisValue {
  /** As in the name of an instance. */
  readonly name: Scalar;
  readonly node: Located;
}

/** The characters of the syntax `stage[axis=value,axis=value]`. */
const REFUSED = /[[\],=]/g;

const NAMING = ['name', 'id'];

/** The values of all products of one matrix. A map that occurs in several products is one value. */
export class AxisValues {
  /** Axis -> content of a map among its values -> name of that map. */
  private readonly maps = new Map<string, ReadonlyMap<string, Scalar>>();
  /** Axis -> contents of its maps, for axes whose maps are named by position. */
  readonly numbered = new Map<string, readonly string[]>();

  constructor(products: readonly LocatedMap[]) {
    const found = new Map<string, Map<string, LocatedMap>>();
    for (const { entries } of products) {
      for (const [axis, { value }] of entries) {
        for (const item of itemsOf(value)) {
          if (item.kind !== 'map') continue;
          const known = found.get(axis);
          if (known) known.set(contentOf(item), item);
          else found.set(axis, new Map([[contentOf(item), item]]));
        }
      }
    }
    for (const [axis, maps] of found) {
      const names = namesOf(maps);
      this.maps.set(axis, names ?? new Map([...maps.keys()].map((one, index) => [one, index])));
      if (!names) this.numbered.set(axis, [...maps.keys()]);
    }
  }

  /** Reports values that are not allowed. Null is skipped if it comes from a wrong variable, which is reported already. */
  of(
    axis: string,
    value: Located,
    nullIsReported: boolean,
    diagnostics: Diagnostic[],
  ): AxisValue[] {
    const names = this.maps.get(axis);
    return itemsOf(value).flatMap((node): AxisValue[] => {
      const refuse = (message: string, suggestion?: string): AxisValue[] => {
        diagnostics.push(error(message, node.span, suggestion === undefined ? {} : { suggestion }));
        return [];
      };
      if (node.kind === 'map') return [{ name: names!.get(contentOf(node))!, node }];
      if (node.kind === 'list') return refuse('a value of an axis is a single value or a map');
      if (node.value === null && nullIsReported) return [];
      const text = textOf(node);
      if (node.value === null) return refuse(`"${text}" can't be a value of an axis`);
      if (names)
        return refuse(
          `"${text}" is a single value, but other values of the axis "${axis}" are maps`,
          `use maps for all of them, such as { name: ${text} }`,
        );
      const signs = [...new Set(text.match(REFUSED))].map((sign) => `"${sign}"`);
      if (signs.length === 0) return [{ name: node.text ?? node.value, node }];
      const refused = signs.join(' and ');
      return refuse(
        `"${text}" can't be a value of an axis: names such as stage[${axis}=value] use ${refused}`,
        `give the value a short name, such as { name: short, value: ${JSON.stringify(text)} }, and read it with \${matrix.${axis}.value}`,
      );
    });
  }
}

/** Stages are joined by the names of values. So maps that are named by position must be the same in all stages. */
export class NumberedAxes {
  private readonly first = new Map<string, { stage: string; maps: readonly string[] }>();

  /** An axis for which another stage numbers different maps, and that stage. */
  clash(
    stage: string,
    numbered: ReadonlyMap<string, readonly string[]>,
  ): { readonly axis: string; readonly stage: string } | undefined {
    for (const [axis, maps] of numbered) {
      const first = this.first.get(axis);
      if (first && maps.some((map, index) => map !== (first.maps[index] ?? map))) {
        return { axis, stage: first.stage };
      }
      if (maps.length > (first?.maps.length ?? 0)) this.first.set(axis, { stage, maps });
    }
    return undefined;
  }
}

/** Whether an exclusion matches the value of an instance, by its name or by some of its fields. */
export function isValue(wanted: Located, name: Scalar, node: Located | undefined): boolean {
  if (wanted.kind === 'scalar') return textOf(wanted) === String(name);
  if (wanted.kind !== 'map' || node?.kind !== 'map') return false;
  return [...wanted.entries].every(([key, { value }]) => {
    const own = node.entries.get(key)?.value;
    return own !== undefined && contentOf(own) === contentOf(value);
  });
}

/** Whether two nodes with the same name are the same value: `1` and `"1"` are not. */
export function isSameValue(a: Located, b: Located): boolean {
  return contentOf(a) === contentOf(b);
}

function itemsOf(value: Located): readonly Located[] {
  return value.kind === 'list' ? value.items : [value];
}

/** Undefined if no field is unique among the maps. */
function namesOf(maps: ReadonlyMap<string, LocatedMap>): ReadonlyMap<string, Scalar> | undefined {
  for (const field of NAMING) {
    const names = [...maps].map(([content, map]) => [content, nameIn(map, field)] as const);
    const texts = new Set(names.map(([, name]) => String(name)));
    if (texts.size === names.length && names.every(([, name]) => name !== null)) {
      return new Map(names);
    }
  }
  return undefined;
}

/** Null if the field is missing or can't be a name. */
function nameIn(map: LocatedMap, field: string): Scalar {
  const node = map.entries.get(field)?.value;
  if (node?.kind !== 'scalar' || node.value === null) return null;
  const text = textOf(node);
  return text === '' || text.search(REFUSED) >= 0 ? null : (node.text ?? node.value);
}

/** Equal for two nodes if every parser reads the same value from them. */
function contentOf(node: Located): string {
  switch (node.kind) {
    case 'scalar':
      return `${typeof node.value === 'string' && node.text === undefined ? 'text' : 'value'} ${JSON.stringify(textOf(node))}`;
    case 'list':
      return `[${node.items.map(contentOf).join()}]`;
    case 'map': {
      const entries = [...node.entries].sort(([a], [b]) => (a < b ? -1 : 1));
      return `{${entries.map(([key, { value }]) => `${JSON.stringify(key)}:${contentOf(value)}`).join()}}`;
    }
  }
}
