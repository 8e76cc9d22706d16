/** Notes on the parameters that a stage reads. */
import { didYouMean, type Located, nodeAt, parseYaml } from '../runner/index.ts';
import type { Findings } from './findings.ts';
import { outsideReason } from './path.ts';
import type { Need } from './producers.ts';
import type { ProjectFolder } from './project-folder.ts';
import type { DvcInstance, DvcParams } from './stage-reader.ts';

export function noteParams(
  instance: DvcInstance,
  needs: readonly Need[],
  folder: ProjectFolder,
  findings: Findings,
): void {
  for (const params of instance.params) {
    const { path, text } = params;
    const reason = outsideReason(path);
    if (reason !== undefined) {
      const meaning =
        'they are omitted, so changes there have no effect; copy them into the project';
      findings.note(
        `the parameters of "${path}" are not in the project: it ${reason}`,
        text.span,
        meaning,
      );
    } else if (needs.some(({ dep }) => dep === params)) {
      const meaning = 'it is an input, so a change of any of its values runs this stage again';
      findings.note(`another stage makes the parameters "${path}"`, text.span, meaning);
    } else if (!/\.(?:ya?ml|json)$/i.test(path)) {
      const meaning =
        'it is listed under "files", so a change of any of its values runs this stage again';
      findings.note(`the parameters "${path}" are not YAML or JSON`, text.span, meaning);
    } else noteMissing(params, folder, findings);
  }
}

function noteMissing(
  { path, keys, text }: DvcParams,
  folder: ProjectFolder,
  findings: Findings,
): void {
  const source = folder.read(path);
  const root = source && parseYaml(source).root;
  if (!root) {
    findings.note(
      `could not read values from "${path}"`,
      text.span,
      'they must exist before a run',
    );
    return;
  }
  for (const key of keys ?? []) {
    const steps = key.text.replaceAll('[', '.').replaceAll(']', '').split('.');
    if (nodeAt(root, steps)) continue;
    const hint = nearName(root, steps);
    const meaning = 'it must exist before a run, as in DVC';
    findings.note(`${path} has no value "${key.text}"${hint}`, key.span, meaning);
  }
}

function nearName(root: Located, steps: readonly string[]): string {
  for (let length = steps.length - 1; length >= 0; length--) {
    const head = steps.slice(0, length);
    const parent = nodeAt(root, head);
    if (parent?.kind !== 'map') continue;
    const names = [...parent.entries.keys()].map((key) => [...head, key].join('.'));
    return didYouMean([...head, steps[length]].join('.'), names);
  }
  return '';
}
