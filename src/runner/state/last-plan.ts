/**
 * The last plan as rows, with everything that it was made from. A row is a stage and the result
 * that made it up to date.
 *
 * A run that left the whole pipeline up to date writes it. A later run that changed a few rows
 * appends them. The results are parsed when the file is read. The declarations of stages are parsed
 * on demand.
 */
import { crc32 } from 'node:zlib';
import { type Pipeline, typesIn } from '../graph/pipeline.ts';
import { sinksOf } from '../graph/sinks.ts';
import type { PlannedType } from '../graph/stage-type.ts';
import type { FileStamp } from '../store/file-stamp.ts';
import type { Layout } from '../store/layout.ts';
import { CheckedLog, unflushed } from './checked-log.ts';
import {
  CHUNK,
  changeIn,
  changeText,
  definitionsIn,
  definitionsText,
  headIn,
  headText,
  isLineOf,
  type PlanChange,
  type PlanHead,
  RECORD,
  resultsIn,
  resultsText,
} from './plan-lines.ts';
import {
  chunkOf,
  type Definition,
  type DefinitionChunk,
  type Shared,
  typeRow,
} from './plan-rows.ts';
import type { FileDigestsByPath, Reads } from './reads.ts';
import type { ResultRow } from './results.ts';

export class LastPlan {
  readonly head: PlanHead;
  /** In the order of the pipeline. */
  readonly results: ResultRow[] = [];
  /** The files of the project that were read, with their digests. */
  files: FileDigestsByPath;
  /** While the file of the newest results has this stamp, the results here are the newest. */
  newest: FileStamp | undefined;
  private readonly log: CheckedLog;
  /** The checksum of the line that the next change follows. */
  private check: number;
  private readonly chunks: (Buffer | DefinitionChunk)[] = [];
  /** The total number of rows in the changes of the file. */
  private changed = 0;

  /** Undefined if there is no complete plan. */
  static read(layout: Layout): LastPlan | undefined {
    const log = logOf(layout);
    const [first, ...rest] = log.contents();
    if (!first || !isLineOf('head', first)) return undefined;
    const head = headIn(first);
    if (!head) return undefined;
    const plan = new LastPlan(log, head, crc32(first));
    for (const content of rest) plan.add(content);
    return plan.isWhole ? plan : undefined;
  }

  private constructor(log: CheckedLog, head: PlanHead, check: number) {
    this.log = log;
    this.head = head;
    this.check = check;
    this.files = head.reads.files;
    this.newest = head.newest;
  }

  /** Damaged lines are missing, so fewer rows were read. */
  private get isWhole(): boolean {
    const { stages } = this.head;
    return this.results.length === stages && this.chunks.length === Math.ceil(stages / CHUNK);
  }

  definitionAt(place: number): { readonly definition: Definition; readonly shared: Shared } {
    const at = Math.floor(place / CHUNK);
    let chunk = this.chunks[at]!;
    if (Buffer.isBuffer(chunk)) {
      chunk = definitionsIn(chunk);
      this.chunks[at] = chunk;
    }
    const definition = chunk.definitions[place % CHUNK]!;
    return { definition, shared: chunk.shared[definition[0]]! };
  }

  /** Throws a system error if the disk refuses. */
  change(change: PlanChange): void {
    const text = changeText(change, this.check);
    this.apply(change);
    const all = () => this.contents();
    if (this.changed > this.head.stages) this.log.rewrite(all(), unflushed);
    else this.log.append([text], all);
  }

  private add(content: Buffer): void {
    if (isLineOf('definitions', content)) this.chunks.push(content);
    if (isLineOf('results', content)) this.results.push(...resultsIn(content));
    // A change refers to rows by position, so all rows must be there.
    if (!isLineOf('change', content) || !this.isWhole) return;
    const change = changeIn(content, this.check);
    if (!change) return;
    this.apply(change);
    this.check = crc32(content);
  }

  private apply({ files, newest, rows }: PlanChange): void {
    this.files = files;
    this.newest = newest;
    for (const [place, row] of rows) this.results[place] = row;
    this.changed += rows.size;
  }

  private *contents(): Iterable<string> {
    const { files, newest } = this;
    // The stamp of the head is outdated.
    const { newest: _past, ...head } = this.head;
    const reads = { ...head.reads, files };
    yield headText({ ...head, reads, ...(newest !== undefined && { newest }) });
    for (const chunk of this.chunks) {
      yield Buffer.isBuffer(chunk) ? chunk.toString() : definitionsText(chunk);
    }
    yield* resultLines(this.results);
  }
}

export interface NewPlan {
  readonly reads: Reads;
  readonly newest: FileStamp | undefined;
  readonly pipeline: Pipeline;
  readonly facts: Readonly<Record<string, string>>;
  /** In the order of the pipeline. */
  readonly rows: readonly ResultRow[];
}

/** Throws a system error if the disk refuses. */
export function writePlan(layout: Layout, plan: NewPlan): void {
  logOf(layout).rewrite(contentsOf(plan), unflushed);
}

function* contentsOf({ reads, newest, pipeline, facts, rows }: NewPlan): Iterable<string> {
  const { stages, warnings = [] } = pipeline;
  const types = typesIn(pipeline);
  const placesOfTypes = new Map(types.map((type, place) => [type, place]));
  const places = new Map(stages.map(({ id }, place) => [id as string, place]));
  yield headText({
    record: RECORD,
    reads,
    ...(newest !== undefined && { newest }),
    stages: stages.length,
    ends: sinksOf(pipeline),
    warnings,
    types: types.map((type) => typeRow(type, facts)),
  });
  const typeOf = (type: PlannedType): number => placesOfTypes.get(type)!;
  for (let at = 0; at < stages.length; at += CHUNK) {
    const some = stages.slice(at, at + CHUNK);
    yield definitionsText(chunkOf(some, (id) => places.get(id)!, typeOf));
  }
  yield* resultLines(rows);
}

function* resultLines(rows: readonly ResultRow[]): Iterable<string> {
  for (let at = 0; at < rows.length; at += CHUNK) yield resultsText(rows.slice(at, at + CHUNK));
}

function logOf(layout: Layout): CheckedLog {
  return new CheckedLog(layout.lastPlan, layout.temporary);
}
