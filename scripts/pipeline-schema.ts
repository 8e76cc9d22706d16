/**
 * The JSON Schema of `pipeline.yaml`, for editors: the format that the program checks, and the parameters and inputs of
 * each stage type. A text that names a variable is allowed in place of any value.
 *
 * It can't check the names of stages and variables; `pipeline plan` does.
 */
import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { BYTE_SIZE } from '../src/base/units.ts';
import { backendNames } from '../src/nn/backends/names.ts';
import { commandKeys, PipelineSchema } from '../src/runner/document/pipeline-document.ts';
import { TIME } from '../src/runner/document/quantities.ts';
import { STAGE_NAME } from '../src/runner/document/read-stage.ts';
import { ExecutionPolicySchema } from '../src/runner/graph/execution-policy.ts';
import type { InputPort, StageType, StageTypes } from '../src/runner/graph/stage-type.ts';

export interface JsonSchema {
  readonly [key: string]: unknown;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | false;
  readonly required?: readonly string[];
}

export function pipelineSchema(types: StageTypes): JsonSchema {
  const { $schema, properties, ...rest } = converted(PipelineSchema);
  const { stages, backend, profiles } = properties as Record<
    'stages' | 'backend' | 'profiles',
    JsonSchema
  >;
  const stage = stages.additionalProperties as JsonSchema;
  return {
    $schema,
    title: 'pipeline.yaml',
    ...rest,
    properties: {
      ...properties,
      backend: { ...backend, enum: ['auto', ...backendNames] },
      profiles: profilesSchema(profiles),
      stages: {
        ...stages,
        propertyNames: { pattern: STAGE_NAME.source },
        additionalProperties: { $ref: '#/definitions/stage' },
      },
    },
    definitions: {
      variable: { type: 'string', pattern: '\\$\\{' },
      ...matrixDefinitions(),
      stage: stageSchema(stage, [...types.values()]),
    },
  };
}

const VARIABLE: JsonSchema = { $ref: '#/definitions/variable' };

function converted(schema: v.GenericSchema): JsonSchema {
  const options = { target: 'draft-07', typeMode: 'input', errorMode: 'ignore' } as const;
  return toJsonSchema(schema, options) as unknown as JsonSchema;
}

function stageSchema(stage: JsonSchema, types: readonly StageType[]): JsonSchema {
  const { properties, ...rest } = stage;
  const policy = withVariables(policySchema()).properties!;
  const described = (key: string, schema: JsonSchema): JsonSchema => ({
    ...schema,
    description: properties![key]!.description!,
  });
  return {
    ...rest,
    properties: {
      ...properties,
      uses: described('uses', { anyOf: [...types.map(named), OWN_TYPE] }),
      matrix: described('matrix', MATRIX),
      ...Object.fromEntries(Object.entries(policy).map(([key, one]) => [key, described(key, one)])),
    },
    allOf: [
      when({ not: { required: ['uses'] } }, { required: ['run'] }),
      ...types.map((type) =>
        when(
          { properties: { uses: { const: type.name } }, required: ['uses'] },
          type.open ? { required: ['run'] } : usedAs(type),
        ),
      ),
    ],
  };
}

function when(condition: JsonSchema, consequence: JsonSchema): JsonSchema {
  // biome-ignore lint/suspicious/noThenProperty: a key of JSON Schema.
  return { if: condition, then: consequence };
}

function named({ name, description }: StageType): JsonSchema {
  return { const: name, description };
}

/** A stage type that the project defines. */
const OWN_TYPE: JsonSchema = { type: 'string', pattern: '^\\.{1,2}/' };

/** The schema of a stage of this type. */
function usedAs(type: StageType): JsonSchema {
  const parameters = withVariables(converted(type.parameters));
  const { $schema: _dialect, ...own } = parameters;
  const ports = Object.entries(type.inputs);
  const needed = ports.filter(([, port]) => !port.optional).map(([name]) => name);
  const required = [
    ...((parameters.required ?? []).length > 0 ? ['with'] : []),
    ...(needed.length > 0 ? ['inputs'] : []),
  ];
  return {
    properties: {
      ...Object.fromEntries(commandKeys.map((key) => [key, false])),
      with: { description: type.description, anyOf: [own, VARIABLE] },
      inputs: {
        type: 'object',
        properties: Object.fromEntries(ports.map(([name, port]) => [name, inputSchema(port)])),
        required: needed,
        additionalProperties: false,
      },
    },
    required,
  };
}

function inputSchema({ kind, many = false }: InputPort): JsonSchema {
  const reference = { type: 'string', minLength: 1 };
  const list = { type: 'array', items: reference, minItems: 1 };
  const description = many
    ? `Artifacts of the kind "${kind}".`
    : `One artifact of the kind "${kind}".`;
  return { description, anyOf: [reference, list] };
}

const MATRIX: JsonSchema = oneOrMore('#/definitions/matrix');

/** A text in place of the values of an axis names a variable. */
function matrixDefinitions(): Readonly<Record<string, JsonSchema>> {
  const scalar = { type: ['string', 'number', 'boolean'] };
  const value = { anyOf: [scalar, { type: 'object' }] };
  const axis = { anyOf: [scalar, { type: 'object' }, { type: 'array', items: value }] };
  const product: JsonSchema = { type: 'object', additionalProperties: axis };
  const include = 'Additional products.';
  const exclude = 'Instances that match all values of one of these are left out.';
  const properties = {
    include: { description: include, ...oneOrMore('#/definitions/product') },
    exclude: { description: exclude, ...oneOrMore('#/definitions/product') },
  };
  return { product, matrix: { ...product, properties } };
}

function oneOrMore($ref: string): JsonSchema {
  return { anyOf: [{ $ref }, { type: 'array', items: { $ref } }] };
}

/** Includes the units of times and sizes, which the program parses from a text. */
function policySchema(): JsonSchema {
  const schema = converted(ExecutionPolicySchema);
  const { resources, retry, timeout } = schema.properties!;
  const wait = (one: JsonSchema): JsonSchema =>
    one.properties?.wait
      ? { ...one, properties: { ...one.properties, wait: written(one.properties.wait, TIME) } }
      : one;
  const { memory, time, ...others } = resources!.properties!;
  const measures = { memory: written(memory!, BYTE_SIZE), time: written(time!, TIME) };
  return {
    ...schema,
    properties: {
      resources: { ...resources, properties: { ...others, ...measures } },
      retry: { ...retry, anyOf: retry!.anyOf!.map(wait) },
      timeout: written(timeout!, TIME),
    },
  };
}

function profilesSchema(profiles: JsonSchema): JsonSchema {
  const profile = profiles.additionalProperties as JsonSchema;
  const bundle = written(profile.properties!.bundle!, TIME);
  const properties = { ...profile.properties, bundle };
  return { ...profiles, additionalProperties: { ...profile, properties } };
}

function written(measure: JsonSchema, { source }: RegExp): JsonSchema {
  const branch = (one: JsonSchema): JsonSchema =>
    one.type === 'string' ? { ...one, pattern: source } : { ...one, exclusiveMinimum: 0 };
  return { ...measure, anyOf: measure.anyOf!.map(branch) };
}

/** The same schema, but each value in it may be the name of a variable. */
function withVariables(schema: JsonSchema): JsonSchema {
  const { properties, items, additionalProperties, anyOf, ...rest } = schema;
  const each = ([name, value]: [string, JsonSchema]) => [name, orVariable(value)];
  return {
    ...rest,
    ...(properties && { properties: Object.fromEntries(Object.entries(properties).map(each)) }),
    ...(items && { items: orVariable(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: additionalProperties && orVariable(additionalProperties),
    }),
    ...(anyOf && { anyOf: anyOf.map(withVariables) }),
  };
}

function orVariable(schema: JsonSchema): JsonSchema {
  const inside = withVariables(schema);
  if (takesAnyText(schema)) return inside;
  const { description = nestedDescription(inside), default: preset, ...rest } = inside;
  const branches = inside.anyOf && Object.keys(rest).length === 1 ? inside.anyOf : [rest];
  return {
    ...(description !== undefined && { description }),
    ...(preset !== undefined && { default: preset }),
    anyOf: [...branches, VARIABLE],
  };
}

function takesAnyText(schema: JsonSchema): boolean {
  if (schema.anyOf) return schema.anyOf.some(takesAnyText);
  if (schema.type === undefined) return !('enum' in schema || 'const' in schema);
  return schema.type === 'string' && !('enum' in schema || 'pattern' in schema);
}

/** The description of a nullable value is in the branch that is not null. */
function nestedDescription({ anyOf }: JsonSchema): string | undefined {
  return anyOf?.find((one) => one.description !== undefined)?.description;
}
