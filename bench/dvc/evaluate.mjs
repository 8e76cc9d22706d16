/**
 * Resolves the variables and matrices of a pipeline.yaml. It is a small separate reader, so that a mistake in the code
 * that the importer shares with the engine can't hide itself.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** Returns `{ id: { run, inputs, files, params, outputs } }` of the pipeline with this text. */
export function evaluate(text, folder) {
  const pipeline = parse(text);
  let variables = pipeline.vars ?? {};
  for (const file of [pipeline.config ?? []].flat()) {
    variables = merge(variables, parse(readFileSync(join(folder, file), 'utf8')));
  }
  const stages = {};
  for (const [name, stage] of Object.entries(pipeline.stages)) {
    for (const axes of instances(stage.matrix, variables)) {
      const pairs = Object.entries(axes).map(([axis, value]) => `${axis}=${value}`);
      const id = pairs.length > 0 ? `${name}[${pairs.join(',')}]` : name;
      const scope = { ...variables, matrix: axes };
      const { matrix: _, ...own } = stage;
      stages[id] = { name, axes, ...resolve(own, scope) };
    }
  }
  return stages;
}

/** The instances that a reference in a stage names, and the name of the output. */
export function follow(reference, from, stages) {
  const match = /^([\w-]+)(?:\[([^\]]*)\])?\.(.+)$/.exec(reference);
  if (!match) return { ids: [], port: undefined };
  const filter = Object.fromEntries(
    (match[2] ?? '')
      .split(',')
      .filter(Boolean)
      .map((pair) => pair.split('=')),
  );
  const ids = Object.entries(stages)
    .filter(([, { name, axes }]) => {
      if (name !== match[1]) return false;
      return Object.entries(axes).every(([axis, value]) => {
        if (axis in filter) return String(value) === filter[axis];
        return axis in from.axes && String(from.axes[axis]) === String(value);
      });
    })
    .map(([id]) => id);
  return { ids, port: match[3] };
}

function instances(matrix, variables) {
  if (matrix === undefined) return [{}];
  return [matrix].flat().flatMap((product) => {
    let all = [{}];
    for (const [axis, given] of Object.entries(resolve(product, variables))) {
      all = all.flatMap((one) => [given].flat().map((value) => ({ ...one, [axis]: value })));
    }
    return all;
  });
}

function resolve(value, scope) {
  if (Array.isArray(value)) return value.map((one) => resolve(one, scope));
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).map(([k, v]) => [resolve(k, scope), resolve(v, scope)]);
    return Object.fromEntries(entries);
  }
  if (typeof value !== 'string') return value;
  const whole = /^\$\{([^}]*)\}$/.exec(value);
  if (whole) return lookUp(whole[1], scope);
  return value.replace(/\$\$\{|\$\{([^}]*)\}/g, (_, name) =>
    name === undefined ? '${' : String(lookUp(name, scope)),
  );
}

function lookUp(name, scope) {
  const found = name.split('.').reduce((node, step) => node?.[step], scope);
  if (found === undefined) throw new Error(`no variable is named ${name}`);
  return found;
}

function merge(into, from) {
  const isMap = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
  if (!isMap(into) || !isMap(from)) return from;
  const all = { ...into };
  for (const [key, value] of Object.entries(from)) {
    all[key] = key in into ? merge(into[key], value) : value;
  }
  return all;
}
