/** Imports a dvc.yaml from a folder in memory, and parses the resulting pipeline. */
import { type DvcImport, importDvc } from '../../src/dvc/import-dvc.ts';
import { toPlain } from '../../src/runner/document/located.ts';
import { parseYaml } from '../../src/runner/document/parse-yaml.ts';
import { memoryFolder } from './memory-folder.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests access its parts by name.
type Plain = any;

export interface Imported extends DvcImport {
  readonly pipeline: Plain;
  readonly stage: Plain;
  readonly notesText: string;
  /** `line:column message` of each problem. */
  readonly faults: readonly string[];
  /** DVC's name -> the name in pipeline.yaml. */
  readonly names: Readonly<Record<string, string>>;
}

export function imported(
  text: string,
  files: Readonly<Record<string, string>> = {},
  partial = false,
): Imported {
  const folder = memoryFolder(new Map(Object.entries({ 'dvc.yaml': text, ...files })));
  const result = importDvc({ path: 'dvc.yaml', text }, folder, { partial });
  const root = result.text === undefined ? undefined : parseYaml({ path: 'p', text: result.text });
  const pipeline = root?.root && toPlain(root.root);
  return {
    ...result,
    pipeline,
    stage: (pipeline as Plain)?.stages,
    notesText: result.notes
      .map(({ span, message, suggestion }) => `${span?.line}: ${message}: ${suggestion}`)
      .join('\n'),
    faults: result.problems.map(({ span, message }) => `${span?.line}:${span?.column} ${message}`),
    names: Object.fromEntries(result.stages.map(({ dvc, stage }) => [dvc, stage])),
  };
}
