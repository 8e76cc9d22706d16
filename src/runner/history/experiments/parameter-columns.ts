/**
 * The parameters that tell rows apart that have the same axes, such as a number of epochs that was changed between two
 * runs. They are read from the records of the results.
 */
import type { Json, JsonObject } from '../../../base/json.ts';
import type { StageKey } from '../../key/fingerprint.ts';
import type { ActionCache } from '../../store/action-cache.ts';
import type { Metric } from '../metrics.ts';
import type { PastResult } from './past-results.ts';

export class ParameterReader {
  private readonly actions: ActionCache;
  private readonly known = new Map<StageKey, ReadonlyMap<string, Metric>>();

  constructor(actions: ActionCache) {
    this.actions = actions;
  }

  /** `train.epochs` -> 5, of all these results. */
  read(results: readonly PastResult[]): ReadonlyMap<string, Metric> {
    const all = new Map<string, Metric>();
    for (const { name, key } of results) {
      let own = this.known.get(key);
      if (!own) {
        own = flat(this.actions.get(key)?.fingerprint.parameters ?? {});
        this.known.set(key, own);
      }
      for (const [path, value] of own) all.set(`${name}.${path}`, value);
    }
    return all;
  }
}

/**
 * Returns the names of the parameters that differ within a group of rows that nothing else tells apart.
 */
export function differingParameters<Row>(
  groups: Iterable<readonly Row[]>,
  parametersOf: (row: Row) => ReadonlyMap<string, Metric>,
): readonly string[] {
  const differing = new Set<string>();
  for (const rows of groups) {
    const [first, ...others] = rows.map(parametersOf);
    for (const other of others) {
      // A run of one target has no results of some stages. That is no difference.
      const [here, there] = [stagesOf(first!), stagesOf(other)];
      for (const name of new Set([...first!.keys(), ...other.keys()])) {
        const stage = stageOf(name);
        const isComparable = here.has(stage) && there.has(stage);
        if (isComparable && first!.get(name) !== other.get(name)) differing.add(name);
      }
    }
  }
  return [...differing];
}

function stagesOf(parameters: ReadonlyMap<string, Metric>): ReadonlySet<string> {
  return new Set([...parameters.keys()].map(stageOf));
}

function stageOf(parameter: string): string {
  return parameter.slice(0, parameter.indexOf('.'));
}

/** Nested names are joined with dots. A list is one value. */
function flat(parameters: JsonObject): ReadonlyMap<string, Metric> {
  const values = new Map<string, Metric>();
  const visit = (value: Json, path: string): void => {
    if (Array.isArray(value)) values.set(path, JSON.stringify(value));
    else if (typeof value === 'object' && value !== null) {
      for (const [key, one] of Object.entries(value)) {
        visit(one as Json, path === '' ? key : `${path}.${key}`);
      }
    } else values.set(path, value as Metric);
  };
  visit(parameters, '');
  return values;
}
