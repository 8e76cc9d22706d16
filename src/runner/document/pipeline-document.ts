/**
 * The validated document: stages as they are declared, before any matrix is expanded.
 *
 * Names and types of stages are not looked up here; a document is well-formed, not yet meaningful.
 */
import * as v from 'valibot';
import type { Located, LocatedEntry, LocatedMap } from './located.ts';
import { mapOf } from './map-of.ts';
import type { SourceFile, Span, Spanned } from './source.ts';

export interface PipelineDocument {
  readonly stages: ReadonlyMap<string, StageDeclaration>;
  /** The values that `${...}` can name, configurations and settings laid over them. */
  readonly variables: LocatedMap;
  /** Every text that took part, for excerpts. */
  readonly sources: readonly SourceFile[];
}

export interface StageDeclaration {
  readonly name: string;
  readonly nameSpan: Span;
  readonly uses: Spanned<string>;
  readonly matrix: MatrixDeclaration;
  /** The stage whose instances this one follows, one for one. */
  readonly each?: Spanned<string>;
  /** Keeps some of its instances: values of axes, or the names of stages. */
  readonly when?: Located;
  readonly parameters: Located;
  readonly inputs: ReadonlyMap<string, InputDeclaration>;
  /** What only a command declares, by key: `run`, `outputs`, `env` and the like. */
  readonly command: ReadonlyMap<string, LocatedEntry>;
  /** How it is to be run, by key: `resources`, `retry`, `timeout`; in no key of the cache. */
  readonly policy: LocatedMap;
}

export interface MatrixDeclaration {
  /** A union of products of axes; one empty product where nothing is declared. */
  readonly products: readonly LocatedMap[];
  /** Instances that agree with all values of one of these are left out. */
  readonly excluded: readonly LocatedMap[];
}

export interface InputDeclaration {
  readonly keySpan: Span;
  /** `stage`, `stage.output`, `stage[axis=value]`, `./file`. */
  readonly references: readonly Spanned<string>[];
}

/** Keys that belong to commands alone, in the order in which people write them. */
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
    'The stage type, such as "train", or the path of one of your own, such as "./my-stage.ts". A stage that has "run" is a "command".',
  ),
  description: described(v.string(), 'For people; enters no key.'),
  matrix: described(
    v.union([Axes, v.array(Axes)]),
    'A product of axes, or a list of products whose union is taken. A value of an axis is a single value, or a map whose values are read by ${matrix.AXIS.KEY}. "include" adds products, "exclude" leaves instances out.',
  ),
  each: described(
    v.string(),
    'One instance for each instance of the stage named here; a matrix beside it multiplies them.',
  ),
  when: described(
    v.union([Axes, Reference, v.pipe(v.array(Reference), v.nonEmpty())]),
    'Keeps some of its instances. Values of axes: { rate: [2, 5] }; null keeps all, an empty list keeps none. Or stages: keeps an instance if one of them has an instance with the same values on all shared axes.',
  ),
  with: described(
    v.union([mapOf(v.unknown()), OneVariable]),
    "The stage type's parameters, or the variable that holds them.",
  ),
  inputs: described(
    mapOf(v.union([Reference, v.pipe(v.array(Reference), v.nonEmpty())])),
    'For each input: the stage, or stages, whose output it takes, or a file of the project ("./data.csv"). A command finds each under the name that is given here.',
  ),
  run: described(
    Texts,
    'A shell command, or several that run one after another, in a folder that holds what is declared and nothing else.',
  ),
  shell: described(
    v.picklist(['sh', 'bash']),
    'What runs the commands: "sh" (sh -e, the default), or "bash" (bash -euo pipefail).',
  ),
  files: described(
    Texts,
    'Files and folders of the project that the command reads; they lie in its folder under the same path.',
  ),
  params: described(
    mapOf(v.nullable(v.array(v.string()))),
    'Values of a YAML or JSON file that the command reads, by file; null takes all. Only these are in the key, and in the file that the command sees.',
  ),
  outputs: described(
    v.union([v.array(v.string()), mapOf(v.string())]),
    'Files and folders that the command makes: a list of paths, or a path for each name.',
  ),
  metrics: described(v.array(v.string()), 'The outputs that are JSON or YAML of numbers.'),
  env: described(
    mapOf(v.union([v.string(), v.number(), v.boolean()])),
    'Environment variables that are set for the command; they are in its key.',
  ),
  passEnv: described(
    v.array(v.string()),
    'Environment variables that are handed through as they are; they are not in its key.',
  ),
  scratch: described(
    v.array(v.string()),
    'What else the command may write, by path or pattern; it is thrown away.',
  ),
  resources: described(
    v.union([mapOf(v.unknown()), OneVariable]),
    'What it needs while it runs: cpu (cores), gpu (1, or a part of one), memory ("4GB"), network (connections).',
  ),
  retry: described(
    v.union([v.number(), v.string(), mapOf(v.unknown())]),
    'How often it is tried again after a failure: a number, or { times: 2, wait: 10s }; each wait is twice the last.',
  ),
  timeout: described(
    v.union([v.number(), v.string()]),
    'How long an attempt may take: seconds, or "90s", "30m", "2h".',
  ),
});

/** The one source of the document's shape; the editor's JSON Schema is made from it too. */
export const PipelineSchema = v.strictObject({
  include: described(
    Texts,
    'Other files whose variables and stages belong to this pipeline. Paths begin at its folder, in each.',
  ),
  config: described(Texts, 'Configuration files used unless others are named on the command line.'),
  vars: described(
    mapOf(v.unknown()),
    'The variables that a configuration can set, with their defaults.',
  ),
  stages: described(mapOf(StageSchema), 'The stages by name.'),
});
