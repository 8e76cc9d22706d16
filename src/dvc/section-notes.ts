/** The sections of dvc.yaml beside its stages: none of them makes a stage run, and none is carried over. */
import { type Located, plainText } from '../runner/index.ts';
import type { DvcFile } from './dvc-file.ts';
import type { Findings } from './findings.ts';
import type { LiveVariables } from './live-variables.ts';
import { isWithin, joinPath } from './path.ts';

const meanings: Readonly<Record<string, readonly [message: string, meaning: string]>> = {
  metrics: [
    'metrics that no stage makes are left out',
    'list a file under "outputs" and "metrics" of the stage that makes it',
  ],
  params: [
    'parameter files that no stage uses are left out',
    'name one under "params" of the stage that reads it',
  ],
  plots: ['the plots of the whole project are left out', 'this program draws no plots of files'],
  artifacts: [
    'the registry of artifacts is left out',
    'an output of a stage is named STAGE.OUTPUT here, and kept in the store',
  ],
  datasets: [
    'datasets from elsewhere are left out',
    'what a stage reads has to lie in the project, or be made by a stage that downloads it',
  ],
};

/** `made`: the outputs of all stages. */
export function noteSections({ root }: DvcFile, made: readonly string[], findings: Findings): void {
  for (const [key, { keySpan, value }] of root.entries) {
    const found = Object.hasOwn(meanings, key) ? meanings[key] : undefined;
    if (!found || (key === 'metrics' && areMade(value, made))) continue;
    findings.note(found[0], keySpan, found[1]);
  }
}

/** Whether stages make all of these, also as files in a folder: numbers are looked for there too. */
function areMade(listed: Located, made: readonly string[]): boolean {
  const paths = listed.kind === 'list' ? listed.items.map((one) => plainText(one)) : [];
  return paths.every((path) => made.some((out) => isWithin(joinPath('', path), out)));
}

/** Where values are declared that stand in other files too. */
export function noteVariables(live: LiveVariables, { root }: DvcFile, findings: Findings): void {
  const place = root.entries.get('vars')?.keySpan ?? root.span;
  for (const path of live.copied) {
    const meaning = 'they are variables of pipeline.yaml now: a change of that file is not seen';
    findings.note(`some values of ${path} are copied`, place, meaning);
  }
  if (live.declares.length === 0) return;
  const message = `the values of ${live.declares.join(' and ')} are declared under "vars"`;
  const meaning = 'a key that is new in one of them has to be added there too';
  findings.note(message, place, meaning);
}
