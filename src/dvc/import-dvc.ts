/**
 * Converts a dvc.yaml to a pipeline.yaml. It keeps variables and matrices where it can, and reports what it could not
 * convert. It reads files through the given folder, and writes none.
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
import { iterationsOf } from './instances.ts';
import { type LiveVariables, liveVariables, usedVariables } from './live-variables.ts';
import { checkCycles, type Need, Producers } from './producers.ts';
import type { ProjectFolder } from './project-folder.ts';
import { Resolver } from './resolver.ts';
import { noteSections, noteVariables } from './section-notes.ts';
import { type Group, type PlannedStage, StagePlan } from './stage-plan.ts';
import { type DvcInstance, StageReader } from './stage-reader.ts';
import { variableWriting } from './variable-writing.ts';
import { VariableReader } from './variables.ts';

export interface DvcImport {
  /** The text of pipeline.yaml; undefined if there are problems. */
  readonly text: string | undefined;
  /** Each stage of DVC with its name here, also if there are problems. */
  readonly stages: readonly { readonly dvc: string; readonly stage: string }[];
  readonly problems: readonly Diagnostic[];
  readonly notes: readonly Diagnostic[];
  /** All texts that were read, for excerpts. */
  readonly sources: readonly SourceFile[];
}

export interface ImportOptions {
  /** Parts that DVC would not run are omitted with a note. */
  readonly partial: boolean;
  /** The maximal number of instances. */
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
  // If there are too many instances, nothing else is certain.
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
    findings.note('no stages are declared here', place, 'a pipeline needs at least one stage');
  }
  const made = instances.flatMap(({ outs }) => outs.map(({ path }) => path));
  noteSections(file, made, findings);
  const context = { addresses: plan.addresses, needs, folder, liveName, dvcFile: source.path };
  for (const stage of planned) noteGroup(stage, context, findings);
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
    const iterations = iterationsOf(stage, scope, resolver, findings, { already, limit });
    if (!iterations && findings.problems.length > 0) return undefined;
    const instances = (iterations?.iterations ?? [])
      .map((iteration) => reader.read(stage, iteration))
      .filter((instance): instance is DvcInstance => instance !== undefined);
    groups.push({
      stage,
      iterations: iterations ?? { iterations: [], data: new Map() },
      instances,
    });
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
  const closing = checkCycles(all, findings);
  return new Map([...all].map(([one, needs]) => [one, needs.filter((need) => !closing.has(need))]));
}

/** In the order of the file. */
function inOrder(notes: readonly Diagnostic[]): readonly Diagnostic[] {
  const place = ({ span }: Diagnostic) => span?.start ?? 0;
  return [...notes].sort((a, b) => place(a) - place(b));
}
