/** Files of the project can change while a stage reads them. */
import { statSync } from 'node:fs';
import { type InputArtifact, StageError, stampOf } from '../../runner/index.ts';

/** Call it after reading: compares the file with its `stat` from the time when its content was hashed. */
export function requireUnchanged(given: InputArtifact, name: string): void {
  const { path, stamp } = given.file(name);
  if (stamp === undefined) return;
  if (stampOf(statSync(path, { bigint: true })) === stamp) return;
  throw new StageError(`"${name}" was changed after this run had read it`, 'run again');
}
