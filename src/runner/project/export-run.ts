/**
 * Writes the results of a past run into a folder that needs neither the project nor the program: the files, what made
 * them, and the documents of the pipeline if they still describe the run.
 */

import { join, relative, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fail, ok, type Result } from '../../base/result.ts';
import { isSystemError } from '../../base/system-error.ts';
import { type Diagnostic, error } from '../document/diagnostic.ts';
import type { Event } from '../execution/event.ts';
import { LiveMarker } from '../execution/live-marker.ts';
import { type Crate, crateMetadata, METADATA, PREVIEW } from '../history/export/crate.ts';
import { environmentText, stagesText, textOf } from '../history/export/descriptions.ts';
import { type ExportedStage, lastOf, stagesOfRun } from '../history/export/exported-stages.ts';
import { NewFolder } from '../history/export/new-folder.ts';
import type { Party } from '../history/export/party.ts';
import { previewPage } from '../history/export/preview.ts';
import { formatLock, lockedStage } from '../history/lock-file.ts';
import { LOCK_NAME } from '../history/lock-name.ts';
import { type RunStarted, readRun, summarize } from '../history/run-journal.ts';
import { ActionCache } from '../store/action-cache.ts';
import { fileAt } from '../store/file-stamp.ts';
import { isOwnEntry } from '../store/layout.ts';
import { ObjectStore } from '../store/object-store.ts';
import { shownFiles } from '../store/shown-files.ts';
import { documentsOf } from './export-documents.ts';
import type { Project } from './project.ts';

export interface ExportRequest {
  /** The id of the run. */
  readonly run: string;
  /** The folder to create. */
  readonly folder: string;
  /** Stages or instances. If empty, those whose outputs no other stage uses. */
  readonly targets: readonly string[];
  /** The name of the program. */
  readonly program: string;
  /** The command line of the run. */
  readonly command: string;
  readonly authors: readonly Party[];
  readonly publisher: Party | undefined;
  readonly signal: AbortSignal;
}

export interface Exported {
  readonly files: number;
  readonly bytes: number;
  readonly stages: number;
  readonly warnings: readonly string[];
}

export async function exportRun(
  project: Project,
  request: ExportRequest,
): Promise<Result<Exported, Diagnostic>> {
  const { layout } = project;
  const { run, folder, signal } = request;
  const first = relative(layout.root, resolve(folder)).split('/')[0]!;
  if (isOwnEntry(first)) {
    return fail(error(`"${folder}" is a folder of the store`, undefined, ELSEWHERE));
  }
  const events = readRun(layout, run);
  const started = events.find((event) => event.type === 'run-started');
  const state = summarize(layout, run)?.state;
  if (!started || state !== 'done') {
    const suggestion = 'export a run that is done; "pipeline runs" lists all runs';
    return fail(error(`run ${run} is ${state ?? 'damaged'}`, undefined, { suggestion }));
  }
  // A garbage collection would delete files of a run without a name.
  const marker = new LiveMarker({ layout, run: 'export', signal, emit: () => undefined });
  await marker.putIfWritable();
  try {
    return await write(project, request, started, events);
  } finally {
    await marker.remove();
  }
}

const ELSEWHERE = { suggestion: 'choose a folder outside of the artifacts' };

async function write(
  project: Project,
  request: ExportRequest,
  started: RunStarted,
  events: readonly Event[],
): Promise<Result<Exported, Diagnostic>> {
  const { layout, root } = project;
  const { run, folder, signal } = request;
  const { stages, lost } = stagesOfRun(events, new ActionCache(layout));
  const again = { suggestion: `run it again: ${request.command}` };
  if (lost.length > 0) {
    const count = `${lost.length} of the results of run ${run}`;
    return fail(error(`${count} are no longer in the store, such as ${lost[0]}`, undefined, again));
  }
  const chosen = chooseStages(stages, request.targets);
  if (!chosen.ok) return chosen;
  const { configs = [], settings = [], targets = [] } = started.selection ?? {};
  const documents = await documentsOf(project, { configs, settings, targets }, stages);
  const opened = NewFolder.at(folder);
  if (!opened.ok) return opened;
  const target = opened.value;
  try {
    const store = new ObjectStore(layout);
    for (const stage of chosen.value) {
      // Lets Ctrl-C take its turn.
      await setImmediate();
      const files = shownFiles(stage.outputs, store);
      for (const { path: inside, digest } of files ?? []) {
        if (signal.aborted) throw new Interrupted();
        const path = `results/${stage.folder}/${inside}`;
        if (!store.isWhole(digest) || !target.copy(store.path(digest), path, 'result', digest)) {
          return fail(error(`${stage.id}: ${path} is damaged in the store`, undefined, again));
        }
      }
      if (!files) return fail(error(`the outputs of ${stage.id} are damaged`, undefined, again));
    }
    for (const [path, from] of documents.files) target.copy(from, path, 'document');
    const license = LICENSES.find((name) => fileAt(join(root, name)));
    if (license !== undefined) target.copy(join(root, license), license, 'about');
    target.add(LOCK_NAME, lockText(stages, started), 'about');
    target.add('environment.json', environmentText(request.program, started, stages), 'about');
    target.add('stages.json', stagesText(stages), 'about');
    const crate = crateOf(request, started, events, { target, license });
    target.add(PREVIEW, previewPage(crate, aboutRun(started)), 'crate');
    target.add(METADATA, textOf(crateMetadata(crate)), 'crate');
    target.finish();
  } catch (problem) {
    if (problem instanceof Interrupted) return fail(error('interrupted; nothing was exported'));
    if (!isSystemError(problem)) throw problem;
    return fail(error(`could not write "${folder}": ${problem.message}`));
  } finally {
    target.close();
  }
  const { count, bytes } = target;
  const warnings = documents.why === undefined ? [] : [withoutDocuments(documents.why, started)];
  return ok({ files: count, bytes, stages: chosen.value.length, warnings });
}

class Interrupted extends Error {}

const LICENSES = ['LICENSE', 'LICENSE.md', 'LICENSE.txt'];

function withoutDocuments(why: string, { origin }: RunStarted): string {
  const commit =
    origin?.commit === undefined ? '' : ` The run was made at commit ${origin.commit}.`;
  return `the export has no pipeline documents, because ${why}.${commit} stages.json has the parameters of each stage`;
}

function chooseStages(
  stages: readonly ExportedStage[],
  targets: readonly string[],
): Result<readonly ExportedStage[], Diagnostic> {
  if (targets.length === 0) return ok(lastOf(stages));
  const chosen = new Set<ExportedStage>();
  for (const target of targets) {
    const found = stages.filter(({ id, name }) => id === target || name === target);
    if (found.length === 0) {
      const names = [...new Set(stages.map(({ name }) => name))].join(', ');
      return fail(error(`the run has no stage "${target}"; it has ${names}`));
    }
    for (const stage of found) chosen.add(stage);
  }
  return ok([...chosen]);
}

function lockText(stages: readonly ExportedStage[], { facts, selection }: RunStarted): string {
  const { configs = [], settings = [] } = selection ?? {};
  const locked = stages.map(({ id, record, outputs }) => {
    return [id, lockedStage(record.key, record.fingerprint, outputs)] as const;
  });
  return formatLock({ facts, configs, settings, stages: Object.fromEntries(locked) });
}

function crateOf(
  { run, program, command, authors, publisher }: ExportRequest,
  { name, time, origin }: RunStarted,
  events: readonly Event[],
  { target, license }: { readonly target: NewFolder; readonly license: string | undefined },
): Crate {
  const seconds = events.find((event) => event.type === 'run-finished')?.seconds ?? 0;
  return {
    name: name ?? `Run ${run}`,
    description: `The results of "${command}", and the environment and the parameters that they were made with.`,
    command,
    program: { name: program, version: origin?.version ?? 'unknown' },
    run,
    started: time,
    finished: new Date(Date.parse(time) + seconds * 1000).toISOString(),
    results: target.filesOf('result'),
    read: target.filesOf('document'),
    about: target.filesOf('about'),
    ...{ license, authors, publisher },
  };
}

function aboutRun({ origin, facts }: RunStarted): Readonly<Record<string, string>> {
  const { commit, changed } = origin ?? {};
  const state = changed ? `${commit} with changes` : commit;
  return { ...(state !== undefined && { commit: state }), ...facts };
}
