/** A project's documents to its pipeline; decides nothing. */
import { fail, ok, type Result } from '../../base/result.ts';
import { type Diagnostic, error } from '../document/diagnostic.ts';
import type { PipelineDocument } from '../document/pipeline-document.ts';
import { readDocument } from '../document/read-document.ts';
import type { SourceFile } from '../document/source.ts';
import { expand } from '../graph/expand.ts';
import { limitFrom } from '../graph/instance-limit.ts';
import type { Pipeline } from '../graph/pipeline.ts';
import { ParsedDocuments } from '../store/parsed-documents.ts';
import { type BadInput, type Project, plainly, type Selection } from './project.ts';

export interface LoadedPipeline {
  readonly pipeline: Pipeline;
  /** The texts that it was read from. */
  readonly sources: readonly SourceFile[];
}

/** With `only`, of these instances alone, which are known to be what they need. */
export function loadPipeline(
  project: Project,
  selection: Pick<Selection, 'configs' | 'settings'>,
  only?: { has(id: string): boolean },
): Result<LoadedPipeline, BadInput> {
  const document = readProject(project, selection);
  if (!document.ok) return document;
  const { sources } = document.value;
  const readParams = (path: string) => project.readConfig(path, 'pipeline');
  const limit = limitFrom(project.environment);
  if (!limit.ok) return fail({ diagnostics: [limit.error], sources });
  const expanded = expand(document.value, project.types, readParams, only, limit.value);
  if (expanded.ok) return ok({ pipeline: expanded.value, sources });
  const { diagnostics, sources: further } = expanded.error;
  return fail({ diagnostics, sources: [...sources, ...further] });
}

/** A pipeline that names no such file has no types of its own, and is read but once. */
const MAY_USE_OWN =
  /\.{1,2}\/[^\n]*\.[cm]?[jt]sx?\b|\buses['"]?\s*:\s*['"]?\.{1,2}\/|\binclude['"]?\s*:/;

/** The project with the stage types of its own that its pipeline uses, each loaded. */
export async function withOwnTypes(
  project: Project,
  selection: Pick<Selection, 'configs' | 'settings'>,
): Promise<Result<Project, BadInput>> {
  if (!MAY_USE_OWN.test(project.readPipeline()?.text ?? '')) return ok(project);
  const document = readProject(project, selection);
  // What is wrong with the document is told by whoever reads it next.
  if (!document.ok) return ok(project);
  const { stages, sources } = document.value;
  const types = new Map(project.types);
  const codes = { ...project.codes };
  const diagnostics: Diagnostic[] = [];
  for (const { uses } of stages.values()) {
    if (!/^\.{1,2}\//.test(uses.value) || types.has(uses.value)) continue;
    const loaded = await project.loadType(uses.value);
    if (loaded.ok) {
      types.set(uses.value, loaded.value.type);
      codes[loaded.value.type.module ?? uses.value] = loaded.value.code;
    } else diagnostics.push(error(loaded.error, uses.span));
  }
  if (diagnostics.length > 0) return fail({ diagnostics, sources });
  return ok({ ...project, types, codes });
}

function readProject(
  project: Project,
  { configs, settings }: Pick<Selection, 'configs' | 'settings'>,
): Result<PipelineDocument, BadInput> {
  const pipeline = project.readPipeline();
  if (!pipeline) {
    return fail(plainly([`no pipeline can be read at ${project.path}; name one by --file`]));
  }
  const { readConfig, environment, onVariable } = project;
  const parsed = new ParsedDocuments(project.layout, !project.onlyLooks);
  return readDocument({
    pipeline,
    readConfig,
    configs,
    settings,
    environment,
    onVariable,
    parsed,
  });
}
