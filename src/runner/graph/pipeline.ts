/** The expanded pipeline: stages with their parameters and edges, in topological order. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../../base/json.ts';
import type { Diagnostic } from '../document/diagnostic.ts';
import type { Located, Scalar } from '../document/located.ts';
import type { Span } from '../document/source.ts';
import type { ExecutionPolicy } from './execution-policy.ts';
import type { PlannedType } from './stage-type.ts';

/** `train` or `decompose[method=svd,rate=25]`. Unique in a pipeline, shown to users, not part of any key. */
export type StageId = string & { readonly __brand: 'StageId' };

export type Axes = ReadonlyMap<string, Scalar>;

export interface OutputReference {
  readonly stage: StageId;
  readonly port: string;
}

export interface ProjectFile {
  /** Relative to the pipeline's folder, written with '/'. */
  readonly path: string;
  readonly span: Span;
}

export interface Stage {
  readonly id: StageId;
  readonly name: string;
  readonly axes: Axes;
  readonly type: PlannedType;
  /** Checked against the schema of the type, with defaults filled in. */
  readonly parameters: JsonObject;
  /** The parameters as written, each with the place that set it. Undefined in a plan of rows; see `state/`. */
  readonly declared: Located | undefined;
  readonly inputs: ReadonlyMap<string, readonly OutputReference[]>;
  /** Port -> a file or folder of the project. */
  readonly files: ReadonlyMap<string, ProjectFile>;
  /** Port name -> kind. A reference without a port means the first. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The outputs that contain metrics. */
  readonly metrics: readonly string[];
  readonly policy: ExecutionPolicy;
  /** Used only during expansion: the declaration of this stage has errors. */
  readonly faulty?: boolean;
  readonly span: Span;
}

export interface Pipeline {
  /** In topological order: each stage comes after its dependencies. */
  readonly stages: readonly Stage[];
  readonly byId: ReadonlyMap<StageId, Stage>;
  /** Problems that do not prevent a run. Only of a pipeline that is not restricted to targets. */
  readonly warnings?: readonly Diagnostic[] | undefined;
  /** `sinksOf` this pipeline, if it is known. */
  readonly ends?: readonly string[];
  /** `typesIn` this pipeline, if they are known. */
  readonly types?: readonly PlannedType[];
}

/** The types of its stages, without repetition. */
export function typesIn({ stages, types }: Pipeline): readonly PlannedType[] {
  return types ?? [...new Set(stages.map(({ type }) => type))];
}

/** Filled in a loop: a list of pairs would be larger than the map. */
export function byIdOf(stages: readonly Stage[]): ReadonlyMap<StageId, Stage> {
  const byId = new Map<StageId, Stage>();
  for (const stage of stages) byId.set(stage.id, stage);
  return byId;
}

export function dependenciesOf(stage: Stage): Set<StageId> {
  return new Set([...stage.inputs.values()].flat().map((reference) => reference.stage));
}

export function stageId(name: string, axes: Axes): StageId {
  if (axes.size === 0) return name as StageId;
  const pairs = [...axes].map(([axis, value]) => `${axis}=${value}`);
  return `${name}[${pairs.join(',')}]` as StageId;
}

/** Most file systems limit a name to 255 bytes. */
const LONGEST_NAME = 200;

/** `method=svd,rate=25`: axes as the name of a file or folder. Different values stay different. */
export function axesName(axes: Axes): string {
  const pairs = [...axes].map(([axis, value]) => `${axis}=${escaped(String(value))}`);
  const text = pairs.join(',');
  return text.length > LONGEST_NAME ? `${text.slice(0, 180)}~${sha256(text).slice(0, 12)}` : text;
}

/** Replaces characters that can't be part of a name, and `%` itself, by their codes. */
function escaped(value: string): string {
  return value.replace(/[^\w.+\- ]/gu, (sign) =>
    // A lone surrogate has no encoding in UTF-8.
    /\p{Cs}/u.test(sign) ? `%${sign.charCodeAt(0).toString(16)}` : encodeURIComponent(sign),
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
