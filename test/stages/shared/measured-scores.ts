/** Two measured models, and a folder as an input of a stage. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EvaluationRow } from '../../../src/nn/evaluation-row.ts';
import type { InputArtifact } from '../../../src/runner/graph/stage-type.ts';
import { fakeRows } from '../../report/fake-results.ts';

export const labels = Uint8Array.from([0, 1, 2, 3]);

export const [first, second] = fakeRows('mnist', {
  rates: [2],
  protocols: ['posthoc'],
  images: 4,
}).slice(1) as [EvaluationRow, EvaluationRow];

export const measured = [
  { row: second, predictions: Uint8Array.from([0, 1, 0, 0]) },
  { row: first, predictions: Uint8Array.from([3, 1, 2, 3]) },
];

export function artifact(folder: string): InputArtifact {
  const files = readdirSync(folder);
  return { files, path: (file: string) => join(folder, file) } as unknown as InputArtifact;
}
