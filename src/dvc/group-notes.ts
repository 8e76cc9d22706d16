/** Notes on a stage as a whole: its name, its iterations, the files that were added to it. */
import { type Located, toPlain } from '../runner/index.ts';
import type { Findings } from './findings.ts';
import type { Address } from './links.ts';
import { noteParams } from './params-notes.ts';
import type { Need } from './producers.ts';
import type { ProjectFolder } from './project-folder.ts';
import { noteStage } from './stage-notes.ts';
import type { PlannedStage } from './stage-plan.ts';
import type { DvcInstance } from './stage-reader.ts';

export interface NoteContext {
  readonly addresses: ReadonlyMap<DvcInstance, Address>;
  readonly needs: ReadonlyMap<DvcInstance, readonly Need[]>;
  readonly folder: ProjectFolder;
  /** The name of the variable with this value, if the value stayed a variable. */
  readonly liveName: (node: Located) => string | undefined;
  readonly dvcFile: string;
}

export function noteGroup(planned: PlannedStage, context: NoteContext, findings: Findings): void {
  const { group, written } = planned;
  noteName(planned, context, findings);
  noteIterations(planned, context, findings);
  for (const [index, instance] of group.instances.entries()) {
    const { added = [], imported = [], strays = [] } = written[index] ?? {};
    const needs = context.needs.get(instance) ?? [];
    noteStage(instance, needs, context.folder, findings);
    noteParams(instance, needs, context.folder, findings);
    const { span } = instance.commands[0]!;
    for (const path of added) {
      const meaning = 'it was added to "files", because a command sees only declared files';
      findings.note(`the command uses "${path}", which is not declared`, span, meaning);
    }
    for (const { path, by } of imported) {
      const meaning =
        'it was added to "files"; files that are loaded in other ways must be added by hand';
      findings.note(`"${by}" imports "${path}", which is not declared`, span, meaning);
    }
    for (const path of strays) {
      const meaning =
        'it was added to "scratch" and is deleted after the run; list it under "outputs" to keep it';
      findings.note(`the command writes "${path}", which is not declared`, span, meaning);
    }
  }
}

function noteName(
  { group, isSplit }: PlannedStage,
  { addresses }: NoteContext,
  findings: Findings,
): void {
  const { name, nameSpan } = group.stage;
  const [first] = group.instances;
  const address = first && addresses.get(first);
  if (!address || isSplit || address.stage === name) return;
  findings.note(
    `"${name}" is not a valid stage name here`,
    nameSpan,
    `the stage is called "${address.stage}"`,
  );
}

function noteIterations(
  { group, isSplit }: PlannedStage,
  context: NoteContext,
  findings: Findings,
): void {
  const { stage, iterations, instances } = group;
  if (instances.length === 0 && !stage.foreach && !stage.matrix) return;
  const { keySpan } = stage.body.entries.get('matrix') ?? { keySpan: stage.nameSpan };
  if (isSplit) {
    const names = instances.slice(0, 2).map((one) => context.addresses.get(one)!.stage);
    const more = instances.length > 2 ? ', ...' : '';
    const meaning = `they became separate stages: ${names.join(', ')}${more}`;
    findings.note(`the iterations of "${stage.name}" can't be axes of a matrix`, keySpan, meaning);
  }
  for (const node of iterations.data.values()) {
    if (!isSplit && context.liveName(node) !== undefined && isPlainList(node)) continue;
    if (node.span.file === context.dvcFile) continue;
    const meaning = `changes of ${node.span.file} add or remove no stages; import again after a change`;
    findings.note(`the values that "${stage.name}" iterates over are copied`, keySpan, meaning);
  }
}

function isPlainList(node: Located): boolean {
  return (
    node.kind === 'list' &&
    node.items.every((item) => item.kind === 'scalar' && toPlain(item) !== null)
  );
}
