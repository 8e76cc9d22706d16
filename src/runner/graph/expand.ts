/**
 * A document and the known stage types to a `Pipeline`: instances, checked parameters, joined inputs,
 * kinds that fit, no circles, topological order.
 *
 * All diagnostics at once: what one fault leaves undecided is passed over, the rest is still checked.
 */
import { check } from '../document/check.ts';
import type { Diagnostic } from '../document/diagnostic.ts';
import { interpolate } from '../document/interpolate.ts';
import type { Located, LocatedMap } from '../document/located.ts';
import type { PipelineDocument, StageDeclaration } from '../document/pipeline-document.ts';
import type { JsonObject } from '../json.ts';
import { fail, ok, type Result } from '../result.ts';
import { declarationOrder, findCircle } from './circle.ts';
import { connectInputs } from './connect.ts';
import { JoinIndex } from './join.ts';
import { type Instance, instancesOf } from './matrix.ts';
import { checkNames } from './names.ts';
import { type Pipeline, type Stage, stageId } from './pipeline.ts';
import type { StageType, StageTypes } from './stage-type.ts';

export function expand(
  document: PipelineDocument,
  types: StageTypes,
): Result<Pipeline, readonly Diagnostic[]> {
  const diagnostics: Diagnostic[] = [];
  for (const stage of document.stages.values()) {
    diagnostics.push(...checkNames(stage, document, types));
  }
  const circle = findCircle(document.stages);
  if (circle) diagnostics.push(circle);

  const indexes = new Map<string, JoinIndex<Stage>>();
  const instancesByName = new Map<string, readonly Instance[]>();
  const stages: Stage[] = [];
  for (const name of declarationOrder(document.stages)) {
    const declaration = document.stages.get(name)!;
    const own = instancesOf(declaration, document.variables);
    diagnostics.push(...own.diagnostics);
    const followed = declaration.each && (instancesByName.get(declaration.each.value) ?? []);
    const instances = followed ?? own.instances;
    instancesByName.set(name, instances);
    const type = types.get(declaration.uses.value);
    if (!type) continue;
    const expanded = instances.map((instance): Stage => {
      const parameters = checkParameters(declaration, type, instance, document);
      const { inputs, diagnostics: found } = connectInputs(
        declaration,
        type,
        instance.axes,
        indexes,
      );
      diagnostics.push(...parameters.diagnostics, ...found);
      return {
        id: stageId(name, instance.axes),
        name,
        axes: instance.axes,
        type,
        parameters: parameters.value,
        declared: parameters.declared,
        inputs,
        span: declaration.nameSpan,
      };
    });
    indexes.set(name, new JoinIndex(expanded));
    stages.push(...expanded);
  }
  // The same fault in each instance of a matrix is one fault.
  const distinct = new Map(diagnostics.map((one) => [JSON.stringify(one), one]));
  if (distinct.size > 0) return fail([...distinct.values()]);
  return ok({ stages, byId: new Map(stages.map((stage) => [stage.id, stage])) });
}

interface CheckedParameters {
  readonly value: JsonObject;
  /** As written, each value with the place that set it. */
  readonly declared: Located;
  readonly diagnostics: readonly Diagnostic[];
}

function checkParameters(
  declaration: StageDeclaration,
  type: StageType,
  instance: Instance,
  { variables }: PipelineDocument,
): CheckedParameters {
  const matrix = { keySpan: declaration.nameSpan, value: instance.located };
  const entries = new Map([...variables.entries, ['matrix', matrix]] as const);
  const scope: LocatedMap = { ...variables, entries };
  const { root: declared, diagnostics } = interpolate(declaration.parameters, scope);
  if (diagnostics.length > 0) return { value: {}, declared, diagnostics };
  const checked = check(type.parameters, declared, `parameter of "${type.name}"`);
  const span = declaration.nameSpan;
  const used = { message: `a parameter of stage "${declaration.name}"`, span };
  return {
    value: checked.value ?? {},
    declared,
    diagnostics: checked.diagnostics.map((one) =>
      one.span?.file === span.file ? one : { ...one, related: [used] },
    ),
  };
}
