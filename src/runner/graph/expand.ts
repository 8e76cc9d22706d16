/**
 * Expands a document into a `Pipeline`, given the known stage types: creates the instances in topological
 * order, checks parameters and the kinds of inputs, joins inputs, and finds cycles.
 *
 * Reports all problems at once. Checks that depend on a faulty part are skipped, all others are done.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { type Diagnostic, error } from '../document/diagnostic.ts';
import type { PipelineDocument, StageDeclaration } from '../document/pipeline-document.ts';
import type { SourceFile } from '../document/source.ts';
import { NumberedAxes } from './axis-values.ts';
import { connectInputs } from './connect.ts';
import { orderStages } from './cycle.ts';
import { checkFolderPaths } from './folder-paths.ts';
import { DEFAULT_LIMIT, tooManyInputs } from './instance-limit.ts';
import { JoinIndex } from './join.ts';
import { type Instance, instancesOf } from './matrix.ts';
import { checkNames } from './names.ts';
import { ParamsFiles } from './params-file.ts';
import { byIdOf, type Pipeline, type Stage, stageId } from './pipeline.ts';
import { resolveStage } from './resolve.ts';
import type { StageTypes } from './stage-type.ts';
import { typesBeside } from './types-beside.ts';
import { unusedAxes } from './unused-axes.ts';
import { Conditions } from './when.ts';

export interface ExpandFailure {
  readonly diagnostics: readonly Diagnostic[];
  /** Texts that were read, for excerpts in messages. */
  readonly sources: readonly SourceFile[];
}

/**
 * `readParams` reads a params file of a command; paths are relative to the pipeline's folder. If there would be
 * more than `limit` instances, none are created, and it fails.
 */
export function expand(
  document: PipelineDocument,
  known: StageTypes,
  readParams: (path: string) => SourceFile | undefined = () => undefined,
  limit = DEFAULT_LIMIT,
): Result<Pipeline, ExpandFailure> {
  const diagnostics: Diagnostic[] = [];
  const add = (found: readonly Diagnostic[]): void => {
    for (const one of found) diagnostics.push(one);
  };
  for (const stage of document.stages.values()) add(checkNames(stage, document, known));
  const types = typesBeside(known, new Set([...document.stages.values()].map(usedType)));
  const { order, cycle } = orderStages(document.stages);
  if (cycle) diagnostics.push(cycle);

  const params = new ParamsFiles(readParams);
  const context = { variables: document.variables, params };
  const indexes = new Map<string, JoinIndex<Stage>>();
  const instancesByName = new Map<string, readonly Instance[]>();
  const stages: Stage[] = [];
  const warnings: Diagnostic[] = [];
  const conditions = new Conditions();
  const numbered = new NumberedAxes();
  let already = 0;
  let taken = 0;
  for (const name of order) {
    const declaration = document.stages.get(name)!;
    const followed = declaration.each && (instancesByName.get(declaration.each.value) ?? []);
    const all = instancesOf(declaration, document.variables, followed, { already, limit });
    add(all.diagnostics);
    // Later stages may depend on these, so they can't be checked.
    if (all.refused) break;
    already += all.instances.length;
    const clash = all.numbered && numbered.clash(name, all.numbered);
    if (clash) {
      const message = `"${name}" and "${clash.stage}" have different maps on the axis "${clash.axis}", which are named by position`;
      const suggestion = 'give each map a name, such as { name: small, ... }, or rename the axis';
      add([error(message, declaration.nameSpan, { suggestion })]);
    }
    const instances = conditions.keep(declaration, all.instances, document.variables, indexes);
    instancesByName.set(name, instances);
    const type = types.get(declaration.uses.value);
    if (!type) continue;
    const expanded: Stage[] = [];
    for (const instance of instances) {
      const resolved = resolveStage(declaration, type, instance, context);
      const { axes } = instance;
      const connected = connectInputs(
        { ...resolved, name, nameSpan: declaration.nameSpan },
        type,
        axes,
        indexes,
      );
      add(resolved.diagnostics);
      add(connected.diagnostics);
      const { parameters, declared, outputs, metrics, policy } = resolved;
      const { inputs, files } = connected;
      if (type.open) {
        add(checkFolderPaths({ ...resolved, inputs: [...inputs.keys(), ...files.keys()] }));
      }
      const span = declaration.nameSpan;
      const id = stageId(name, axes);
      const faulty = type.open === true && resolved.diagnostics.length > 0;
      for (const references of inputs.values()) taken += references.length;
      const refusal = tooManyInputs(name, taken, limit, span);
      if (refusal) return fail({ diagnostics: [refusal], sources: params.sources });
      expanded.push({
        id,
        name,
        axes,
        type,
        parameters,
        declared,
        inputs,
        files,
        outputs,
        metrics,
        policy,
        span,
        ...(faulty && { faulty }),
      });
    }
    for (const one of unusedAxes(declaration, expanded, indexes)) warnings.push(one);
    indexes.set(name, new JoinIndex(expanded));
    for (const stage of expanded) stages.push(stage);
  }
  add(conditions.diagnostics());
  // A fault that occurs in each instance of a matrix is reported once.
  const distinct = new Map(diagnostics.map((one) => [JSON.stringify(one), one]));
  if (distinct.size > 0)
    return fail({ diagnostics: [...distinct.values()], sources: params.sources });
  return ok({ stages, byId: byIdOf(stages), warnings });
}

function usedType({ uses }: StageDeclaration): string {
  return uses.value;
}
