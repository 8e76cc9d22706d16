/** The expanded pipeline: stages with their parameters and edges, in topological order. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../../base/json.ts';
import type { Diagnostic } from '../document/diagnostic.ts';
import type { Located, Scalar } from '../document/located.ts';
import type { Span } from '../document/source.ts';
import type { ExecutionPolicy } from './execution-policy.ts';
import type { PlannedType } from './stage-type.ts';

/** `train` or `decompose[method=svd,rate=25]`; unique in a pipeline, shown to people, in no key. */
export type StageId = string & { readonly __brand: 'StageId' };

export type Axes = ReadonlyMap<string, Scalar>;

export interface OutputReference {
  readonly stage: StageId;
  readonly port: string;
}

export interface ProjectFile {
  /** Relative to the pipeline's folder, with '/'. */
  readonly path: string;
  readonly span: Span;
}

export interface Stage {
  readonly id: StageId;
  readonly name: string;
  readonly axes: Axes;
  readonly type: PlannedType;
  /** Checked against the type's schema, defaults filled in. */
  readonly parameters: JsonObject;
  /** The same as written, each value with the place that set it. Undefined in a plan of rows; see `state/`. */
  readonly declared: Located | undefined;
  readonly inputs: ReadonlyMap<string, readonly OutputReference[]>;
  /** Port -> a file or folder of the project. */
  readonly files: ReadonlyMap<string, ProjectFile>;
  /** Port name to kind. The first is the one that a reference without a port means. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The outputs that are numbers, for people to compare. */
  readonly metrics: readonly string[];
  readonly policy: ExecutionPolicy;
  /** Only while a pipeline is expanded: what it declares could not be understood. */
  readonly faulty?: boolean;
  readonly span: Span;
}

export interface Pipeline {
  /** Each stage after all those that it depends on. */
  readonly stages: readonly Stage[];
  readonly byId: ReadonlyMap<StageId, Stage>;
  /** What a person should look at though it can be run; of a pipeline as a whole. */
  readonly warnings?: readonly Diagnostic[] | undefined;
  /** `endsOf` this pipeline, if it is known. */
  readonly ends?: readonly string[];
  /** `typesIn` this pipeline, if they are known. */
  readonly types?: readonly PlannedType[];
}

/** The types of its stages, each once. */
export function typesIn({ stages, types }: Pipeline): readonly PlannedType[] {
  return types ?? [...new Set(stages.map(({ type }) => type))];
}

export function dependenciesOf(stage: Stage): Set<StageId> {
  return new Set([...stage.inputs.values()].flat().map((reference) => reference.stage));
}

export function stageId(name: string, axes: Axes): StageId {
  if (axes.size === 0) return name as StageId;
  const pairs = [...axes].map(([axis, value]) => `${axis}=${value}`);
  return `${name}[${pairs.join(',')}]` as StageId;
}

/** Most file systems take 255 bytes in a name. */
const LONGEST_NAME = 200;

/** `method=svd,rate=25`: axes as the name of a file or folder. Different values stay different. */
export function axesName(axes: Axes): string {
  const pairs = [...axes].map(([axis, value]) => `${axis}=${escaped(String(value))}`);
  const text = pairs.join(',');
  return text.length > LONGEST_NAME ? `${text.slice(0, 180)}~${sha256(text).slice(0, 12)}` : text;
}

/** What can't stand in a name, and the sign itself, by its code. */
function escaped(value: string): string {
  return value.replace(/[^\w.+\- ]/gu, (sign) =>
    // Half of a pair has no code of its own in UTF-8.
    /\p{Cs}/u.test(sign) ? `%${sign.charCodeAt(0).toString(16)}` : encodeURIComponent(sign),
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
