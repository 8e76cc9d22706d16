/** The documents of a past run, if they still describe it: the files of its pipeline and configurations. */
import { basename, relative } from 'node:path';
import type { RunSelection } from '../execution/event.ts';
import type { StageId } from '../graph/pipeline.ts';
import type { ExportedStage } from '../history/export/exported-stages.ts';
import { parametersDigest } from '../history/lock-file.ts';
import { fileAt } from '../store/file-stamp.ts';
import { prepare } from './prepare.ts';
import type { Project } from './project.ts';

export interface ExportedDocuments {
  /** By their path in the export. */
  readonly files: ReadonlyMap<string, string>;
  /** Why there are none, as the end of a sentence. */
  readonly why?: string;
}

/** Other documents would be wrong evidence, so there are either all or none. */
export async function documentsOf(
  project: Project,
  { configs, settings, targets }: RunSelection,
  stages: readonly ExportedStage[],
): Promise<ExportedDocuments> {
  const prepared = await prepare(project, { configs, settings, targets, forced: [] });
  if (!prepared.ok) {
    const [first] = prepared.error.diagnostics;
    return { files: new Map(), why: `the pipeline has an error now: ${first?.message}` };
  }
  const { plan, read } = prepared.value;
  const planned = plan.pipeline.stages.length;
  const same = stages.every(({ id, record }) => {
    const { type, parameters } = record.fingerprint;
    const now = plan.pipeline.byId.get(id as StageId);
    const then = parametersDigest(type, parameters);
    return now !== undefined && parametersDigest(now.type.name, now.parameters) === then;
  });
  if (!same || planned !== stages.length) {
    return { files: new Map(), why: 'the pipeline has other stages or parameters now' };
  }
  const files = new Map<string, string>();
  for (const path of new Set(read)) {
    if (fileAt(path)) files.set(nameOf(path, project.root, files), path);
  }
  return { files };
}

/** A document outside of the project has no place in it. Two of them can have one name. */
function nameOf(path: string, root: string, taken: ReadonlyMap<string, string>): string {
  const inside = relative(root, path);
  if (!inside.startsWith('..')) return `project/${inside}`;
  for (let folder = 'outside', n = 2; ; folder = `outside-${n++}`) {
    const name = `project/${folder}/${basename(path)}`;
    if (!taken.has(name)) return name;
  }
}
