/**
 * Converts stages to rows and back. A row has everything that is needed to decide and run the
 * stage, without its documents and without the schema of its type.
 */
import type { JsonObject } from '../../base/json.ts';
import type { Scalar } from '../document/located.ts';
import type { Span } from '../document/source.ts';
import type { ExecutionPolicy } from '../graph/execution-policy.ts';
import type { Stage } from '../graph/pipeline.ts';
import type { PlannedType, Resources } from '../graph/stage-type.ts';

/** A stage type whose functions are replaced by their values on this machine. */
export type TypeRow = Omit<PlannedType, 'resources' | 'variables'> & {
  readonly resources?: Resources;
  readonly variables?: Readonly<Record<string, string>>;
};

/** The common part of the instances of a stage. */
export interface Shared {
  /** The position of its type in the list of types. */
  readonly type: number;
  readonly outputs: Stage['outputs'];
  readonly metrics: readonly string[];
  readonly policy: ExecutionPolicy;
  readonly span: Span;
}

/** Stages are referred to by their position in the pipeline. */
export type Definition = readonly [
  shared: number,
  axes: readonly (readonly [name: string, value: Scalar])[],
  parameters: JsonObject,
  /** The port, then position of a stage, port of its output, and so on. */
  inputs: readonly (readonly [port: string, taken: readonly (string | number)[]])[],
  files: readonly (readonly [port: string, path: string])[],
];

/** Several stages and their common parts. */
export interface DefinitionChunk {
  readonly shared: readonly Shared[];
  readonly definitions: readonly Definition[];
}

export function typeRow(type: PlannedType, facts: Readonly<Record<string, string>>): TypeRow {
  const { name, description, inputs, outputs, environment = [] } = type;
  const { open, codeName, parallel, varies } = type;
  const declared = Object.fromEntries(environment.map((fact) => [fact, facts[fact] ?? '']));
  const { resources, variables } = type;
  return {
    ...{ name, description, inputs, outputs, environment },
    ...(open !== undefined && { open }),
    ...(codeName !== undefined && { codeName }),
    ...(parallel !== undefined && { parallel }),
    ...(varies !== undefined && { varies }),
    ...(resources && { resources: resources(facts) }),
    ...(variables && { variables: variables(declared) }),
  };
}

/** With the facts that the row was made for. */
export function typeOfRow({ resources, variables, ...rest }: TypeRow): PlannedType {
  return {
    ...rest,
    ...(resources && { resources: () => resources }),
    ...(variables && { variables: () => variables }),
  };
}

/** `placeOf` returns the position of a stage, `typeOf` that of its type. */
export function chunkOf(
  stages: readonly Stage[],
  placeOf: (id: string) => number,
  typeOf: (type: PlannedType) => number,
): DefinitionChunk {
  const shared: Shared[] = [];
  const places = new Map<string, number>();
  const definitions = stages.map((stage): Definition => {
    const { type, outputs, metrics, policy, span, axes, parameters, inputs, files } = stage;
    const common: Shared = { type: typeOf(type), outputs, metrics, policy, span };
    const text = JSON.stringify(common);
    let place = places.get(text);
    if (place === undefined) {
      place = shared.push(common) - 1;
      places.set(text, place);
    }
    const taken = Array.from(inputs, ([port, references]) => {
      const all = references.flatMap((one) => [placeOf(one.stage), one.port]);
      return [port, all] as const;
    });
    const read = Array.from(files, ([port, { path }]) => [port, path] as const);
    return [place, [...axes], parameters, taken, read];
  });
  return { shared, definitions };
}
