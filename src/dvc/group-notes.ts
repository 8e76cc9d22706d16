/** What became of a declared stage as a whole: its name, its turns, the files added to it. */
import { type Located, toPlain } from '../runner/index.ts';
import type { Findings } from './findings.ts';
import type { Address } from './links.ts';
import { noteParams } from './params-notes.ts';
import type { Need } from './producers.ts';
import type { ProjectFolder } from './project-folder.ts';
import { noteStage } from './stage-notes.ts';
import type { PlannedStage } from './stage-plan.ts';
import type { DvcInstance } from './stage-reader.ts';

export interface Told {
  readonly addresses: ReadonlyMap<DvcInstance, Address>;
  readonly needs: ReadonlyMap<DvcInstance, readonly Need[]>;
  readonly folder: ProjectFolder;
  /** The variable that holds a value, where it stayed one. */
  readonly liveName: (node: Located) => string | undefined;
  readonly dvcFile: string;
}

export function noteGroup(planned: PlannedStage, told: Told, findings: Findings): void {
  const { group, written } = planned;
  noteName(planned, told, findings);
  noteTurns(planned, told, findings);
  for (const [index, instance] of group.instances.entries()) {
    const needs = told.needs.get(instance) ?? [];
    noteStage(instance, needs, told.folder, findings);
    noteParams(instance, needs, told.folder, findings);
    const { span } = instance.commands[0]!;
    for (const path of written[index]!.added) {
      const meaning = 'it was added to "files": its command sees nothing else of the project';
      findings.note(`the command names "${path}", which it does not declare`, span, meaning);
    }
    for (const { path, by } of written[index]!.imported) {
      const meaning = 'it was added to "files"; what is loaded in other ways has to be added too';
      findings.note(`"${by}" imports "${path}", which is not declared`, span, meaning);
    }
    for (const path of written[index]!.strays) {
      const meaning =
        'it was added to "scratch", and is thrown away: list it under "outputs" to keep it';
      findings.note(`the command writes "${path}", which it does not declare`, span, meaning);
    }
  }
}

function noteName({ group, isSplit }: PlannedStage, { addresses }: Told, findings: Findings): void {
  const { name, nameSpan } = group.stage;
  const [first] = group.instances;
  const address = first && addresses.get(first);
  if (!address || isSplit || address.stage === name) return;
  findings.note(`"${name}" can't name a stage here`, nameSpan, `it is named "${address.stage}"`);
}

function noteTurns({ group, isSplit }: PlannedStage, told: Told, findings: Findings): void {
  const { stage, turns, instances } = group;
  if (instances.length === 0 && !stage.foreach && !stage.matrix) return;
  const { keySpan } = stage.body.entries.get('matrix') ?? { keySpan: stage.nameSpan };
  if (isSplit) {
    const names = instances.slice(0, 2).map((one) => told.addresses.get(one)!.stage);
    const more = instances.length > 2 ? ', ...' : '';
    const meaning = `they are stages of their own: ${names.join(', ')}${more}`;
    findings.note(`the turns of "${stage.name}" can't be axes of a matrix here`, keySpan, meaning);
  }
  for (const node of turns.data.values()) {
    if (!isSplit && told.liveName(node) !== undefined && isPlainList(node)) continue;
    if (node.span.file === told.dvcFile) continue;
    const meaning = `a change in ${node.span.file} adds or takes away no stages: import again`;
    findings.note(`what "${stage.name}" goes through is written out`, keySpan, meaning);
  }
}

function isPlainList(node: Located): boolean {
  return (
    node.kind === 'list' &&
    node.items.every((item) => item.kind === 'scalar' && toPlain(item) !== null)
  );
}
