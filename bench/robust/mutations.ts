/**
 * Thousands of broken pipelines. None may cause an exception in the engine, and each error must
 * have a place or name a file.
 */

import type { Result } from '../../src/base/result.ts';
import { formatDiagnostic } from '../../src/runner/document/diagnostic.ts';
import type { SourceFile } from '../../src/runner/document/source.ts';
import { type BadInput, type Project, prepare } from '../../src/runner/index.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';

export interface Original {
  /** The files of a pipeline, by the paths under which it names them. */
  readonly files: Readonly<Record<string, string>>;
  readonly pipeline: string;
}

export interface MutationReport {
  readonly count: number;
  readonly accepted: number;
  readonly refused: number;
  readonly slowestMilliseconds: number;
  readonly faults: readonly MutationFault[];
}

export interface MutationFault {
  /** This seed alone gives the same text again. */
  readonly seed: number;
  readonly what: string;
  readonly text: string;
}

export type OpenProject = (files: Readonly<Record<string, string>>) => Project;

/** A text that needs more CPU time than this to be refused is a fault. */
const MOST_MILLISECONDS = 10_000;

export async function tryMutations(
  originals: readonly Original[],
  open: OpenProject,
  count: number,
  firstSeed: number,
): Promise<MutationReport> {
  const faults: MutationFault[] = [];
  let refused = 0;
  let slowest = 0;
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const files = mutatedFiles(originals, new Random(seed));
    const began = process.cpuUsage();
    const problem = await problemOf(files, open, () => refused++);
    const { user, system } = process.cpuUsage(began);
    const took = (user + system) / 1000;
    slowest = Math.max(slowest, took);
    const what = problem ?? (took > MOST_MILLISECONDS ? `took ${took.toFixed(0)} ms` : undefined);
    if (what !== undefined) faults.push({ seed, what, text: files['pipeline.yaml']! });
  }
  return { count, accepted: count - refused, refused, slowestMilliseconds: slowest, faults };
}

/** Usually changes the pipeline, sometimes a file that it names. */
function mutatedFiles(originals: readonly Original[], random: Random): Record<string, string> {
  const original = random.pick(originals);
  const files: Record<string, string> = { ...original.files, 'pipeline.yaml': original.pipeline };
  const others = Object.keys(original.files);
  const target = others.length > 0 && random.below(6) === 0 ? random.pick(others) : 'pipeline.yaml';
  files[target] = mutate(files[target]!, random);
  return files;
}

/** The fault in how the engine handles these files. Undefined if there is none. */
export async function problemOf(
  files: Readonly<Record<string, string>>,
  open: OpenProject,
  onRefused: () => void,
): Promise<string | undefined> {
  let prepared: Result<unknown, BadInput>;
  try {
    const selection = { configs: [], settings: [], targets: [], forced: [] };
    prepared = await prepare(open(files), selection);
  } catch (problem) {
    return `an exception: ${(problem as Error).stack}`;
  }
  if (prepared.ok) return undefined;
  onRefused();
  return problemOfRefusal(prepared.error);
}

function problemOfRefusal({ diagnostics, sources }: BadInput): string | undefined {
  if (diagnostics.length === 0) return 'refused without a message';
  for (const diagnostic of diagnostics) {
    const { span, message } = diagnostic;
    if (!span && !/[\w-]+\.(yaml|json)\b/.test(message)) return `no place: ${message}`;
    const source = sources.find(({ path }) => path === span?.file);
    if (span && source && !isInside(span, source)) return `a place outside of the file: ${message}`;
    try {
      formatDiagnostic(diagnostic, sources);
    } catch (problem) {
      return `can't be shown: ${(problem as Error).stack}`;
    }
  }
  return undefined;
}

function isInside(
  span: { readonly start: number; readonly end: number; readonly line: number },
  { text }: SourceFile,
): boolean {
  return span.start >= 0 && span.start <= text.length && span.line <= text.split('\n').length;
}
