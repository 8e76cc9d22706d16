/**
 * A document and the known stage types to a `Pipeline`: instances, checked parameters, joined inputs,
 * kinds that fit, no circles, topological order.
 *
 * All diagnostics at once: what one fault leaves undecided is passed over, the rest is still checked.
 */
import { fail, ok, type Result } from '../../base/result.ts';
import { type Diagnostic, error } from '../document/diagnostic.ts';
import type { PipelineDocument } from '../document/pipeline-document.ts';
import type { SourceFile } from '../document/source.ts';
import { NumberedAxes } from './axis-values.ts';
import { declarationOrder, findCircle } from './circle.ts';
import { connectInputs } from './connect.ts';
import { checkFolderPaths } from './folder-paths.ts';
import { DEFAULT_LIMIT, tooManyInputs } from './instance-limit.ts';
import { JoinIndex } from './join.ts';
import { type Instance, instancesOf } from './matrix.ts';
import { checkNames } from './names.ts';
import { ParamsFiles } from './params-file.ts';
import { type Pipeline, type Stage, stageId } from './pipeline.ts';
import { resolveStage } from './resolve.ts';
import type { StageTypes } from './stage-type.ts';
import { unusedAxes } from './unused-axes.ts';
import { Conditions } from './when.ts';

export interface ExpandFailure {
  readonly diagnostics: readonly Diagnostic[];
  /** Texts that were read on the way, for excerpts. */
  readonly sources: readonly SourceFile[];
}

/**
 * `readParams` reads a file that a command takes values from; paths begin at the pipeline's folder. More than
 * `limit` instances are refused before they are made.
 */
export function expand(
  document: PipelineDocument,
  types: StageTypes,
  readParams: (path: string) => SourceFile | undefined = () => undefined,
  limit = DEFAULT_LIMIT,
): Result<Pipeline, ExpandFailure> {
  const diagnostics: Diagnostic[] = [];
  const add = (found: readonly Diagnostic[]): void => {
    for (const one of found) diagnostics.push(one);
  };
  for (const stage of document.stages.values()) add(checkNames(stage, document, types));
  const circle = findCircle(document.stages);
  if (circle) diagnostics.push(circle);

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
  for (const name of declarationOrder(document.stages)) {
    const declaration = document.stages.get(name)!;
    const followed = declaration.each && (instancesByName.get(declaration.each.value) ?? []);
    const all = instancesOf(declaration, document.variables, followed, { already, limit });
    add(all.diagnostics);
    // What depends on these can't be checked without them.
    if (all.refused) break;
    already += all.instances.length;
    const clash = all.numbered && numbered.clash(name, all.numbered);
    if (clash) {
      const message = `"${name}" and "${clash.stage}" have different maps at the axis "${clash.axis}", which are named by their positions`;
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
        ...(faulty && { faulty }),
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
      });
    }
    for (const one of unusedAxes(declaration, expanded, indexes)) warnings.push(one);
    indexes.set(name, new JoinIndex(expanded));
    for (const stage of expanded) stages.push(stage);
  }
  add(conditions.diagnostics());
  // The same fault in each instance of a matrix is one fault.
  const distinct = new Map(diagnostics.map((one) => [JSON.stringify(one), one]));
  if (distinct.size > 0)
    return fail({ diagnostics: [...distinct.values()], sources: params.sources });
  return ok({ stages, byId: new Map(stages.map((stage) => [stage.id, stage])), warnings });
}
