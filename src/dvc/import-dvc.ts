/**
 * A dvc.yaml to a pipeline.yaml: reads what DVC would run, keeps variables and matrices where it can,
 * says what it could not carry over. Reads files through the folder it is given, and writes none.
 */
import type { JsonObject } from '../base/json.ts';
import {
  DEFAULT_LIMIT,
  type Diagnostic,
  type Located,
  type LocatedMap,
  type SourceFile,
  writeDocument,
} from '../runner/index.ts';
import { type DvcFile, readDvcFile } from './dvc-file.ts';
import { Findings } from './findings.ts';
import { noteGroup } from './group-notes.ts';
import { turnsOf } from './instances.ts';
import { type LiveVariables, liveVariables, usedVariables } from './live-variables.ts';
import { checkCircles, type Need, Producers } from './producers.ts';
import type { ProjectFolder } from './project-folder.ts';
import { Resolver } from './resolver.ts';
import { noteSections, noteVariables } from './section-notes.ts';
import { type Group, type PlannedStage, StagePlan } from './stage-plan.ts';
import { type DvcInstance, StageReader } from './stage-reader.ts';
import { variableWriting } from './variable-writing.ts';
import { VariableReader } from './variables.ts';

export interface DvcImport {
  /** The text of pipeline.yaml; undefined where there are problems. */
  readonly text: string | undefined;
  /** Each stage that DVC knows, and what it is called here; also where there are problems. */
  readonly stages: readonly { readonly dvc: string; readonly stage: string }[];
  readonly problems: readonly Diagnostic[];
  readonly notes: readonly Diagnostic[];
  /** Every text that took part, for excerpts. */
  readonly sources: readonly SourceFile[];
}

export interface ImportOptions {
  /** What DVC itself would not run is left out and noted. */
  readonly partial: boolean;
  /** More instances than these are refused. */
  readonly limit?: number;
}

export function importDvc(
  source: SourceFile,
  folder: ProjectFolder,
  { partial, limit = DEFAULT_LIMIT }: ImportOptions,
): DvcImport {
  const findings = new Findings(partial);
  const variables = new VariableReader(folder, findings);
  variables.sources.push(source);
  const result = (text: string | undefined, stages: DvcImport['stages']): DvcImport => ({
    text,
    stages,
    problems: findings.problems,
    notes: inOrder(findings.notes),
    sources: variables.sources,
  });
  const file = readDvcFile(source, findings);
  if (!file || findings.problems.length > 0) return result(undefined, []);
  const globals = variables.global(file.vars, file.root.span);
  const resolver = new Resolver(globals.root, source.path, findings);
  const reader = new StageReader(resolver, variables, globals, findings);
  const groups = readGroups(file, reader, resolver, findings, globals.root, limit);
  // Without those that are too many, nothing else can be said for sure.
  if (!groups) return result(undefined, []);
  const instances = groups.flatMap((group) => group.instances);

  const producers = new Producers(instances);
  producers.checkOverlaps(findings);
  const needs = needsOf(instances, producers, findings);
  const fileOf = (shown: string) => variables.paths.get(shown);
  const live = liveVariables({
    globals,
    used: usedVariables(groups, resolver),
    fileOf,
    dvcFile: source.path,
  });
  const liveName = (node: Located): string | undefined => {
    const name = resolver.nameOf(node);
    return name !== undefined && live.isLive(name) ? name : undefined;
  };
  const writing = variableWriting(live, resolver.exactVariables, findings);
  const plan = new StagePlan({ groups, needs, producers, folder, resolver, liveName, writing });
  const planned = plan.plan();
  const stages = instances.map((instance) => {
    const { stage, axes } = plan.addresses.get(instance)!;
    const pairs = [...axes].map(([axis, value]) => `${axis}=${value.text}`);
    return { dvc: instance.name, stage: pairs.length > 0 ? `${stage}[${pairs.join(',')}]` : stage };
  });
  if (instances.length === 0 && findings.problems.length === 0) {
    const place = file.root.entries.get('stages')?.keySpan ?? file.root.span;
    findings.note('no stage is declared here', place, 'a pipeline needs at least one to run');
  }
  const made = instances.flatMap(({ outs }) => outs.map(({ path }) => path));
  noteSections(file, made, findings);
  const told = { addresses: plan.addresses, needs, folder, liveName, dvcFile: source.path };
  for (const stage of planned) noteGroup(stage, told, findings);
  noteVariables(live, file, findings);
  if (findings.problems.length > 0) return result(undefined, stages);
  const document = pipelineOf(planned, live);
  return result(writeDocument(document, 'Made from dvc.yaml by `pipeline import`.'), stages);
}

function pipelineOf(planned: readonly PlannedStage[], { config, vars }: LiveVariables): JsonObject {
  return {
    ...(config.length > 0 && { config: config.length === 1 ? config[0]! : config }),
    ...(vars && { vars }),
    stages: Object.fromEntries(planned.flatMap((one) => [...one.stages])),
  };
}

function readGroups(
  file: DvcFile,
  reader: StageReader,
  resolver: Resolver,
  findings: Findings,
  variables: LocatedMap,
  limit: number,
): readonly Group[] | undefined {
  const groups: Group[] = [];
  let already = 0;
  for (const stage of file.stages) {
    const scope = { variables, items: new Map() };
    const turns = turnsOf(stage, scope, resolver, findings, { already, limit });
    if (!turns && findings.problems.length > 0) return undefined;
    const instances = (turns?.turns ?? [])
      .map((turn) => reader.read(stage, turn))
      .filter((instance): instance is DvcInstance => instance !== undefined);
    groups.push({ stage, turns: turns ?? { turns: [], data: new Map() }, instances });
    already += instances.length;
  }
  return groups;
}

function needsOf(
  instances: readonly DvcInstance[],
  producers: Producers,
  findings: Findings,
): ReadonlyMap<DvcInstance, readonly Need[]> {
  const all = new Map(
    instances.map((one) => {
      const params = one.params.flatMap((file) =>
        producers.needsOf(file).filter(({ relation }) => relation !== 'around'),
      );
      return [one, [...one.deps.flatMap((dep) => producers.needsOf(dep)), ...params]] as const;
    }),
  );
  const closing = checkCircles(all, findings);
  return new Map([...all].map(([one, needs]) => [one, needs.filter((need) => !closing.has(need))]));
}

/** As somebody reads the file. */
function inOrder(notes: readonly Diagnostic[]): readonly Diagnostic[] {
  const place = ({ span }: Diagnostic) => span?.start ?? 0;
  return [...notes].sort((a, b) => place(a) - place(b));
}
