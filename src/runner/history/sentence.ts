/** Reasons and changes as sentences with their details: which files of an input are other ones. */
import {
  describeChange,
  describeReason,
  type PlacedChange,
  type Reason,
} from '../execution/reason.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { changedFiles, describeFiles, type InputFiles } from './input-files.ts';

export interface Sentence {
  readonly text: string;
  readonly detail?: string;
  readonly files?: InputFiles;
}

export function sentencesOfReasons(reasons: readonly Reason[], store: ObjectStore): Sentence[] {
  return reasons.flatMap((reason) => {
    const texts = describeReason(reason);
    const changes = 'changes' in reason ? reason.changes : [];
    // A reason that has changes has a sentence for each of them, in order.
    return texts.map((text, i) => withFiles(text, changes[i], store));
  });
}

export function sentencesOfChanges(
  changes: readonly PlacedChange[],
  store: ObjectStore,
): Sentence[] {
  return changes.map((change) => withFiles(describeChange(change), change, store));
}

function withFiles(text: string, change: PlacedChange | undefined, store: ObjectStore): Sentence {
  const [files] = change ? changedFiles([change], store) : [];
  return files ? { text, files, detail: describeFiles(files) } : { text };
}
