/**
 * A document and the known stage types to a `Pipeline`: instances, checked parameters, joined inputs,
 * kinds that fit, no circles, topological order. All diagnostics at once.
 */
import { check } from '../document/check.ts';
import { type Diagnostic, error } from '../document/diagnostic.ts';
import { interpolate } from '../document/interpolate.ts';
import type { LocatedMap } from '../document/located.ts';
import type { PipelineDocument, StageDeclaration } from '../document/pipeline-document.ts';
import { didYouMean } from '../document/suggest.ts';
import { fail, ok, type Result } from '../result.ts';
import { declarationOrder, findCircle } from './circle.ts';
import { JoinIndex } from './join.ts';
import { type Instance, instancesOf } from './matrix.ts';
import { type OutputReference, type Pipeline, type Stage, stageId } from './pipeline.ts';
import { parseSelector } from './selector.ts';
import type { InputPort, StageType, StageTypes } from './stage-type.ts';

export function expand(
  document: PipelineDocument,
  types: StageTypes,
): Result<Pipeline, readonly Diagnostic[]> {
  const diagnostics: Diagnostic[] = [];
  for (const stage of document.stages.values())
    diagnostics.push(...checkNames(stage, document, types));
  const circle = findCircle(document.stages);
  if (circle) diagnostics.push(circle);
  if (diagnostics.length > 0) return fail(diagnostics);

  const indexes = new Map<string, JoinIndex<Stage>>();
  const instancesByName = new Map<string, readonly Instance[]>();
  const stages: Stage[] = [];
  for (const name of declarationOrder(document.stages)) {
    const declaration = document.stages.get(name)!;
    const type = types.get(declaration.uses.value)!;
    const own = instancesOf(declaration, document.variables);
    diagnostics.push(...own.diagnostics);
    const instances = declaration.each
      ? instancesByName.get(declaration.each.value)!
      : own.instances;
    instancesByName.set(name, instances);
    const expanded = instances.map((instance) => {
      const { stage, diagnostics: found } = expandStage(
        declaration,
        type,
        instance,
        document,
        indexes,
      );
      diagnostics.push(...found);
      return stage;
    });
    indexes.set(name, new JoinIndex(expanded));
    stages.push(...expanded);
  }
  // The same fault in each instance of a matrix is one fault.
  const distinct = new Map(diagnostics.map((one) => [JSON.stringify(one), one]));
  if (distinct.size > 0) return fail([...distinct.values()]);
  return ok({ stages, byId: new Map(stages.map((stage) => [stage.id, stage])) });
}

function checkNames(
  stage: StageDeclaration,
  document: PipelineDocument,
  types: StageTypes,
): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const names = document.stages;
  const type = types.get(stage.uses.value);
  if (!type) {
    const hint = didYouMean(stage.uses.value, types.keys());
    diagnostics.push(
      error(`no stage type is named "${stage.uses.value}"${hint}`, stage.uses.span, {
        suggestion: `known: ${[...types.keys()].join(', ')}`,
      }),
    );
  }
  if (stage.each && !names.has(stage.each.value)) {
    const hint = didYouMean(stage.each.value, names.keys());
    diagnostics.push(error(`no stage is named "${stage.each.value}"${hint}`, stage.each.span));
  }
  for (const [port, { keySpan, references }] of stage.inputs) {
    if (type && !Object.hasOwn(type.inputs, port)) {
      const known = Object.keys(type.inputs);
      const suggestion =
        known.length > 0 ? `its inputs: ${known.join(', ')}` : 'it takes no inputs';
      const message = `"${type.name}" has no input "${port}"${didYouMean(port, known)}`;
      diagnostics.push(error(message, keySpan, { suggestion }));
    }
    for (const { value, span } of references) {
      const selector = parseSelector(value);
      if (!selector) {
        const suggestion = 'write stage, stage.output or stage[axis=value]';
        diagnostics.push(error(`"${value}" is not a reference to a stage`, span, { suggestion }));
      } else if (!names.has(selector.name)) {
        const hint = didYouMean(selector.name, names.keys());
        diagnostics.push(error(`no stage is named "${selector.name}"${hint}`, span));
      }
    }
  }
  for (const [port, { optional }] of type ? Object.entries(type.inputs) : []) {
    if (optional || stage.inputs.has(port)) continue;
    diagnostics.push(error(`"${type!.name}" needs the input "${port}"`, stage.nameSpan));
  }
  return diagnostics;
}

function expandStage(
  declaration: StageDeclaration,
  type: StageType,
  instance: Instance,
  document: PipelineDocument,
  indexes: ReadonlyMap<string, JoinIndex<Stage>>,
): { stage: Stage; diagnostics: Diagnostic[] } {
  const id = stageId(declaration.name, instance.axes);
  const scope: LocatedMap = {
    ...document.variables,
    entries: new Map([
      ...document.variables.entries,
      ['matrix', { keySpan: declaration.nameSpan, value: instance.located }],
    ]),
  };
  const declared = interpolate(declaration.parameters, scope);
  const diagnostics = [...declared.diagnostics];
  const checked = check(type.parameters, declared.root, `parameter of "${type.name}"`);
  if (declared.diagnostics.length === 0) {
    const used = {
      message: `a parameter of stage "${declaration.name}"`,
      span: declaration.nameSpan,
    };
    diagnostics.push(
      ...checked.diagnostics.map((one) =>
        one.span?.file === used.span.file ? one : { ...one, related: [used] },
      ),
    );
  }
  const inputs = new Map<string, readonly OutputReference[]>();
  for (const [port, { references }] of declaration.inputs) {
    const taken: OutputReference[] = [];
    for (const reference of references) {
      const selector = parseSelector(reference.value)!;
      const found = indexes.get(selector.name)!.find(selector, instance.axes);
      const { producers, diagnostics: more } = connect(
        { id, port: type.inputs[port]!, name: port, span: reference.span },
        { found, output: selector.port, name: selector.name },
      );
      taken.push(...producers);
      diagnostics.push(...more);
    }
    const { many } = type.inputs[port]!;
    if (!many && references.length > 1) {
      diagnostics.push(error(`the input "${port}" takes one artifact`, references[1]!.span));
    }
    inputs.set(port, taken);
  }
  const stage: Stage = {
    id,
    name: declaration.name,
    axes: instance.axes,
    type,
    parameters: checked.value ?? {},
    declared: declared.root,
    inputs,
    span: declaration.nameSpan,
  };
  return { stage, diagnostics };
}

function connect(
  to: { id: string; port: InputPort; name: string; span: StageDeclaration['nameSpan'] },
  from: { found: readonly Stage[]; output: string | undefined; name: string },
): { producers: OutputReference[]; diagnostics: Diagnostic[] } {
  const [first, second] = from.found;
  if (!first) {
    return {
      producers: [],
      diagnostics: [error(`no instance of "${from.name}" fits ${to.id}`, to.span)],
    };
  }
  const outputs = first.type.outputs;
  const port = from.output ?? Object.keys(outputs)[0];
  if (port === undefined || !Object.hasOwn(outputs, port)) {
    const known = Object.keys(outputs);
    const message = `"${from.name}" has no output "${port}"${didYouMean(port ?? '', known)}`;
    return { producers: [], diagnostics: [error(message, to.span)] };
  }
  const diagnostics: Diagnostic[] = [];
  if (outputs[port] !== to.port.kind) {
    const fitting = Object.entries(outputs).find(([, kind]) => kind === to.port.kind)?.[0];
    diagnostics.push(
      error(`the input "${to.name}" takes a ${to.port.kind}, not a ${outputs[port]}`, to.span, {
        ...(fitting && { suggestion: `write "${from.name}.${fitting}"` }),
      }),
    );
  }
  if (second && !to.port.many) {
    diagnostics.push(
      error(
        `the input "${to.name}" takes one artifact, but ${from.found.length} fit, such as ${first.id} and ${second.id}`,
        to.span,
        { suggestion: `name one by ${from.name}[axis=value], or add the axis to this stage` },
      ),
    );
  }
  return { producers: from.found.map((stage) => ({ stage: stage.id, port })), diagnostics };
}
