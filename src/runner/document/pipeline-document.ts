/**
 * The validated document: stages as they are declared, before any matrix is expanded.
 *
 * Names and types of stages are not looked up here; a document is well-formed, not yet meaningful.
 */
import * as v from 'valibot';
import type { Located, LocatedMap } from './located.ts';
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
  /** A union of products of axes; one empty product where nothing is declared. */
  readonly matrix: readonly LocatedMap[];
  /** The stage whose instances this one follows, one for one. */
  readonly each?: Spanned<string>;
  readonly parameters: Located;
  readonly inputs: ReadonlyMap<string, InputDeclaration>;
}

export interface InputDeclaration {
  readonly keySpan: Span;
  /** `stage`, `stage.output`, `stage[axis=value]`. */
  readonly references: readonly Spanned<string>[];
}

const Reference = v.pipe(v.string(), v.nonEmpty());
const Axes = v.record(v.string(), v.unknown());

const StageSchema = v.strictObject({
  uses: v.pipe(v.string(), v.description('The stage type, such as "train".')),
  description: v.optional(v.pipe(v.string(), v.description('For people; enters no key.'))),
  matrix: v.optional(
    v.pipe(
      v.union([Axes, v.array(Axes)]),
      v.description('A product of axes, or a list of products whose union is taken.'),
    ),
  ),
  each: v.optional(
    v.pipe(v.string(), v.description('One instance for each instance of the stage named here.')),
  ),
  with: v.optional(
    v.pipe(
      v.union([v.record(v.string(), v.unknown()), v.pipe(v.string(), v.regex(/^\$\{[^}]*\}$/))]),
      v.description("The stage type's parameters, or the variable that holds them."),
    ),
  ),
  inputs: v.optional(
    v.pipe(
      v.record(v.string(), v.union([Reference, v.pipe(v.array(Reference), v.nonEmpty())])),
      v.description('For each input: the stage, or stages, whose output it takes.'),
    ),
  ),
});

/** The one source of the document's shape; the editor's JSON Schema is made from it too. */
export const PipelineSchema = v.strictObject({
  config: v.optional(
    v.pipe(
      v.union([v.string(), v.array(v.string())]),
      v.description('Configuration files used unless others are named on the command line.'),
    ),
  ),
  vars: v.optional(
    v.pipe(
      v.record(v.string(), v.unknown()),
      v.description('The variables that a configuration can set, with their defaults.'),
    ),
  ),
  stages: v.pipe(v.record(v.string(), StageSchema), v.description('The stages by name.')),
});
