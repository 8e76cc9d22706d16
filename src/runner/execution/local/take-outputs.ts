/** Takes the outputs of a stage from its workspace into the store. */
import { fail, ok, type Result } from '../../../base/result.ts';
import { captureOutputs } from '../../store/capture.ts';
import type { Flushes } from '../../store/flushes.ts';
import type { ObjectStore } from '../../store/object-store.ts';
import type { OutputFault } from '../../store/output-files.ts';
import type { Workspace } from '../../store/workspace.ts';
import type { Outputs } from '../decide.ts';
import type { Failure } from '../failure.ts';
import type { OrderedStage } from '../order.ts';
import type { Supervisor } from '../workplace.ts';

export interface TakeContext {
  readonly store: ObjectStore;
  readonly flushes: Flushes;
  readonly report: Supervisor['report'];
}

/** `singles` are the outputs that are single files. */
export function takeOutputs(
  { id, outputs: ports, open, module }: OrderedStage,
  workspace: Workspace,
  singles: ReadonlySet<string>,
  { store, flushes, report }: TakeContext,
): Result<Outputs, Failure> {
  const folders = ports.map((port) => {
    return { port, folder: workspace.outputs[port]!, single: singles.has(port) };
  });
  const mayOutlive = open === true || module !== undefined;
  const captured = captureOutputs(folders, store, { flushes, mayOutlive });
  if (!captured.ok) return fail(outputFailure(captured.error.port, captured.error));
  for (const [port, { artifact, emptyFolders }] of captured.value) {
    if (artifact.files.length === 0) return fail({ kind: 'missing-output', port });
    warnOfEmptyFolders(`the output "${port}" of ${id}`, emptyFolders, report);
  }
  return ok(
    Object.fromEntries([...captured.value].map(([port, { artifact }]) => [port, artifact.digest])),
  );
}

/** The failure of a stage whose output contains something that can't be stored. */
export function outputFailure(port: string, { message, advice }: OutputFault): Failure {
  return { kind: 'stage', message: `its output "${port}" ${message}`, advice };
}

const MOST_NAMED = 3;

export function warnOfEmptyFolders(
  what: string,
  folders: readonly string[],
  report: Supervisor['report'],
): void {
  if (folders.length === 0) return;
  const named = folders.slice(0, MOST_NAMED).map((folder) => `"${folder}"`);
  const more = folders.length > MOST_NAMED ? ` and ${folders.length - MOST_NAMED} more` : '';
  const message = `${what} has empty folders, which are left out: ${named.join(', ')}${more}`;
  report({ type: 'warning', message });
}
