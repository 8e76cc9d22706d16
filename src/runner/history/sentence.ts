/** Describes reasons and changes in sentences, with details such as the changed files of an input. */
import {
  describeChange,
  describeCodeFiles,
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

/** If code has more changed files than fit into a sentence, the detail lists all of them. */
export function sentencesOfReasons(reasons: readonly Reason[], store: ObjectStore): Sentence[] {
  return reasons.flatMap((reason) => {
    const texts = describeReason(reason);
    // There is one sentence per change, in the same order.
    const changes = reason.kind === 'changed' ? reason.changes : [];
    return texts.map((text, i) => withDetail(text, changes[i], store, true));
  });
}

export function sentencesOfChanges(
  changes: readonly PlacedChange[],
  store: ObjectStore,
  allFiles: boolean,
): Sentence[] {
  return changes.map((change) => withDetail(describeChange(change), change, store, allFiles));
}

function withDetail(
  text: string,
  change: PlacedChange | undefined,
  store: ObjectStore,
  allFiles: boolean,
): Sentence {
  if (change?.kind === 'code') {
    const all = describeCodeFiles(change).join('; ');
    return !allFiles || text.includes(all) ? { text } : { text, detail: all };
  }
  const [files] = change ? changedFiles([change], store) : [];
  return files ? { text, files, detail: describeFiles(files) } : { text };
}
