/** Reads the documents of a project into a pipeline. Decides nothing. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '../../base/result.ts';
import { unlessRefused } from '../../base/system-error.ts';
import { type Diagnostic, error } from '../document/diagnostic.ts';
import { readDocument } from '../document/read-document.ts';
import type { SourceFile, Spanned } from '../document/source.ts';
import { expand } from '../graph/expand.ts';
import { limitFrom } from '../graph/instance-limit.ts';
import type { Pipeline } from '../graph/pipeline.ts';
import type { StageTypes } from '../graph/stage-type.ts';
import type { StageCodes } from '../key/stage-code.ts';
import { ReadsRecorder } from '../state/reads.ts';
import { type BadInput, badInput, type Project, type Selection } from './project.ts';

export interface LoadedPipeline {
  readonly pipeline: Pipeline;
  /** The texts that were read. */
  readonly sources: readonly SourceFile[];
  /** Includes the stage types of the project. */
  readonly types: StageTypes;
  readonly codes: StageCodes;
  /** The backend that the documents name. */
  readonly backend?: Spanned<string>;
}

/** Stage types of the project are loaded only if the pipeline uses them. */
export async function loadPipeline(
  project: Project,
  { configs, settings }: Pick<Selection, 'configs' | 'settings'>,
  recorder = new ReadsRecorder(project),
): Promise<Result<LoadedPipeline, BadInput>> {
  const { readPipeline, readConfig, onVariable } = recorder.ways;
  const pipeline = readPipeline();
  if (!pipeline) {
    const help = 'name a pipeline with --file, or write one with "pipeline init"';
    return fail(badInput([`there is no ${project.path}; ${help}`]));
  }
  const { environment } = project;
  const sources = { pipeline, readConfig, configs, settings, environment, onVariable };
  const document = readDocument({
    ...sources,
    filesBeside: (path, from) => filesNear(project, path, from),
  });
  if (!document.ok) return document;
  const { stages, sources: read, backend } = document.value;
  const types = new Map(await project.stageTypes());
  const codes = { ...project.codes };
  const diagnostics: Diagnostic[] = [];
  for (const { uses } of stages.values()) {
    if (!/^\.{1,2}\//.test(uses.value) || types.has(uses.value)) continue;
    const loaded = await project.loadType(uses.value);
    recorder.addCode(join(project.root, uses.value));
    if (!loaded.ok) {
      diagnostics.push(error(loaded.error, uses.span));
      continue;
    }
    const { type, code } = loaded.value;
    for (const file in code.files) recorder.addCode(join(project.root, file));
    types.set(uses.value, type);
    codes[type.module ?? uses.value] = code;
  }
  if (diagnostics.length > 0) return fail({ diagnostics, sources: read });
  const limit = limitFrom(environment);
  if (!limit.ok) return fail({ diagnostics: [limit.error], sources: read });
  const readParams = (path: string) => readConfig(path, 'pipeline');
  const expanded = expand(document.value, types, readParams, limit.value);
  const named = backend && { backend };
  if (expanded.ok) return ok({ pipeline: expanded.value, sources: read, types, codes, ...named });
  const { diagnostics: found, sources: further } = expanded.error;
  return fail({ diagnostics: found, sources: [...read, ...further] });
}

/** The names of the files in the folder of this configuration; none if the folder can't be read. */
function filesNear(
  project: Project,
  path: string,
  from: 'pipeline' | 'command line',
): readonly string[] {
  const file = project.pathOf(path, from);
  if (file === undefined) return [];
  return unlessRefused(() => readdirSync(dirname(file))) ?? [];
}
