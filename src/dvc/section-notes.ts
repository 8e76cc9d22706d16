/** The sections of dvc.yaml other than its stages. None of them affects a run, and none is converted. */
import { type Located, plainText } from '../runner/index.ts';
import type { DvcFile } from './dvc-file.ts';
import type { Findings } from './findings.ts';
import type { LiveVariables } from './live-variables.ts';
import { isWithin, joinPath } from './path.ts';

const meanings: Readonly<Record<string, readonly [message: string, meaning: string]>> = {
  metrics: [
    'metrics that no stage makes are omitted',
    'list a file under "outputs" and "metrics" of the stage that makes it',
  ],
  params: [
    'parameter files that no stage uses are omitted',
    'list a file under "params" of the stage that reads it',
  ],
  plots: ['the plots of the project are omitted', 'this program does not plot files'],
  artifacts: [
    'the artifact registry is omitted',
    'here an output of a stage is called STAGE.OUTPUT and is kept in the store',
  ],
  datasets: [
    'external datasets are omitted',
    'the inputs of a stage must be in the project, or a stage must download them',
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

/** Whether stages make all of these, also as files in a folder, where metrics are found too. */
function areMade(listed: Located, made: readonly string[]): boolean {
  const paths = listed.kind === 'list' ? listed.items.map((one) => plainText(one)) : [];
  return paths.every((path) => made.some((out) => isWithin(joinPath('', path), out)));
}

/** Notes on values that are now declared in pipeline.yaml and in another file. */
export function noteVariables(live: LiveVariables, { root }: DvcFile, findings: Findings): void {
  const place = root.entries.get('vars')?.keySpan ?? root.span;
  for (const path of live.copied) {
    const meaning = 'they are now variables of pipeline.yaml; changes of that file have no effect';
    findings.note(`some values of ${path} are copied`, place, meaning);
  }
  if (live.declares.length === 0) return;
  const message = `the values of ${live.declares.join(' and ')} are declared under "vars"`;
  const meaning = 'add new keys of these files there too';
  findings.note(message, place, meaning);
}
