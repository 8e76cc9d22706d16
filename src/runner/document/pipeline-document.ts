/**
 * The validated document: the declared stages, before any matrix is expanded.
 *
 * The shape has been checked. The names and types of stages have not been looked up yet.
 */
import * as v from 'valibot';
import type { Located, LocatedEntry, LocatedMap } from './located.ts';
import { mapOf } from './map-of.ts';
import { ProfileSchema } from './profile-schema.ts';
import type { SourceFile, Span, Spanned } from './source.ts';

export interface PipelineDocument {
  readonly stages: ReadonlyMap<string, StageDeclaration>;
  /** The values that `${...}` can name, after configurations and settings have been applied. */
  readonly variables: LocatedMap;
  /** The numeric backend that the document or a configuration names. */
  readonly backend?: Spanned<string>;
  /** All texts that were read, for excerpts in messages. */
  readonly sources: readonly SourceFile[];
}

export interface StageDeclaration {
  readonly name: string;
  readonly nameSpan: Span;
  readonly uses: Spanned<string>;
  readonly matrix: MatrixDeclaration;
  /** The stage of which this one has one instance per instance. */
  readonly each?: Spanned<string>;
  /** Selects instances, by values of axes or by the names of stages. */
  readonly when?: Located;
  readonly parameters: Located;
  readonly inputs: ReadonlyMap<string, InputDeclaration>;
  /** The keys that only commands have, such as `run`, `outputs` and `env`. */
  readonly command: ReadonlyMap<string, LocatedEntry>;
  /** How the stage is run: `resources`, `retry`, `timeout`. Not part of the cache key. */
  readonly policy: LocatedMap;
}

export interface MatrixDeclaration {
  /** A union of products of axes; empty if the stage has no matrix. */
  readonly products: readonly LocatedMap[];
  /** Instances that match all values of one of these are left out. */
  readonly excluded: readonly LocatedMap[];
}

export interface InputDeclaration {
  readonly keySpan: Span;
  /** `stage`, `stage.output`, `stage[axis=value]`, `./file`. */
  readonly references: readonly Spanned<string>[];
}

/** Keys that only commands have, in the order in which they are usually written. */
export const commandKeys = [
  'run',
  'shell',
  'files',
  'params',
  'outputs',
  'metrics',
  'env',
  'passEnv',
  'scratch',
] as const;

export const policyKeys = ['resources', 'retry', 'timeout'] as const;

const Reference = v.pipe(v.string(), v.nonEmpty());
const Axes = mapOf(v.unknown());
const Texts = v.union([v.string(), v.array(v.string())]);
const OneVariable = v.pipe(v.string(), v.regex(/^\$\{[^}]*\}$/));

const described = <S extends v.GenericSchema>(schema: S, text: string) =>
  v.optional(v.pipe(schema, v.description(text)));

const StageSchema = v.strictObject({
  uses: described(
    v.string(),
    'The stage type, such as "train", or the path of your own stage type, such as "./my-stage.ts". A stage with "run" is a "command".',
  ),
  description: described(v.string(), 'A note for readers. It is not part of the key.'),
  matrix: described(
    v.union([Axes, v.array(Axes)]),
    'Axes with their values: the stage gets one instance for each combination. A list of matrices gives all their instances. A value is a single value, or a map whose values are read with ${matrix.AXIS.KEY}. "include" adds combinations, "exclude" removes them.',
  ),
  each: described(
    v.string(),
    'The name of another stage. This stage gets one instance for each instance of that stage. With a matrix, it gets one for each combination of both.',
  ),
  when: described(
    v.union([Axes, Reference, v.pipe(v.array(Reference), v.nonEmpty())]),
    'Keeps some of the instances. By values of axes, such as { rate: [2, 5] }: null keeps all, an empty list keeps none. Or by stages: an instance is kept if one of these stages has an instance with the same values on all shared axes.',
  ),
  with: described(
    v.union([mapOf(v.unknown()), OneVariable]),
    'The parameters of the stage type, or a variable that contains them.',
  ),
  inputs: described(
    mapOf(v.union([Reference, v.pipe(v.array(Reference), v.nonEmpty())])),
    'For each input: the stage or stages whose output it is, or a file of the project ("./data.csv"). A command finds each input under the name given here.',
  ),
  run: described(
    Texts,
    'A shell command, or several that run one after another. They run in a folder that contains only the declared files and inputs.',
  ),
  shell: described(
    v.picklist(['sh', 'bash']),
    'The shell that runs the commands: "sh" (sh -e, the default), or "bash" (bash -euo pipefail).',
  ),
  files: described(
    Texts,
    'Files and folders of the project that the command reads. They have the same path in its folder.',
  ),
  params: described(
    mapOf(v.nullable(v.array(v.string()))),
    'For each YAML or JSON file that the command reads: the values that it uses; null means all. Only these values are part of the key, and only these are in the file that the command sees.',
  ),
  outputs: described(
    v.union([v.array(v.string()), mapOf(v.string())]),
    'Files and folders that the command creates: a list of paths, or a path for each name.',
  ),
  metrics: described(v.array(v.string()), 'The outputs that are JSON or YAML files with numbers.'),
  env: described(
    mapOf(v.union([v.string(), v.number(), v.boolean()])),
    'Environment variables that are set for the command. They are part of the key.',
  ),
  passEnv: described(
    v.array(v.string()),
    'Environment variables that are passed to the command unchanged. They are not part of the key.',
  ),
  scratch: described(
    v.array(v.string()),
    'Other files that the command may write, as paths or patterns. They are deleted afterwards.',
  ),
  resources: described(
    v.union([mapOf(v.unknown()), OneVariable]),
    'What the stage needs while it runs: cpu (cores), gpu (whole GPUs, or a fraction of one), memory ("4GB"), network (connections), time ("2h"; a cluster stops an attempt that takes longer).',
  ),
  retry: described(
    v.union([v.number(), v.string(), mapOf(v.unknown())]),
    'The number of retries after a failure: a number, or { times: 2, wait: 10s }. Each wait is twice as long as the one before.',
  ),
  timeout: described(
    v.union([v.number(), v.string()]),
    'The longest time an attempt may take: seconds, or "90s", "30m", "2h".',
  ),
});

const CacheSchema = v.strictObject({
  address: described(
    v.string(),
    'https://HOST/PATH, s3://BUCKET/PREFIX or a folder. The variable PIPELINE_CACHE has priority.',
  ),
  trust: described(
    v.array(v.string()),
    'Public keys, as "pipeline cache new-key" prints them. Only results with a signature of one of them are used. By default all results are used.',
  ),
  limit: described(
    v.string(),
    'The highest speed of all transfers together, such as "50MB/s". By default there is no limit.',
  ),
});

/** Defines the shape of a document. The JSON Schema for editors is generated from it. */
export const PipelineSchema = v.strictObject({
  include: described(
    Texts,
    'Other files whose variables and stages belong to this pipeline. In all files, paths are relative to the folder of the pipeline.',
  ),
  config: described(
    Texts,
    'Configuration files that are used unless the command line names others.',
  ),
  backend: described(
    v.string(),
    'The numeric backend, such as "wasm". A configuration can name another one; "auto" is the same as none. The option --backend has priority.',
  ),
  cache: described(
    v.union([v.string(), CacheSchema]),
    'A cache of results that others computed: its address, or a map. Without credentials.',
  ),
  profiles: described(
    mapOf(ProfileSchema),
    'How stages are sent to a cluster, by name. "pipeline run --profile NAME" uses one. Not part of any key.',
  ),
  vars: described(
    mapOf(v.unknown()),
    'The variables that a configuration can set, with their defaults.',
  ),
  stages: described(mapOf(StageSchema), 'The stages by name.'),
});
