/** Checks that the types, stages and inputs that a declared stage names exist. */
import { type Diagnostic, error } from '../document/diagnostic.ts';
import type { PipelineDocument, StageDeclaration } from '../document/pipeline-document.ts';
import { didYouMean } from '../document/suggest.ts';
import { parseSelector } from './selector.ts';
import type { StageTypes } from './stage-type.ts';
import { stagesOf } from './when.ts';

export function checkNames(
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
  for (const { value, span } of stagesOf(stage)) {
    const selector = parseSelector(value);
    if (selector && names.has(selector.name)) continue;
    const hint = didYouMean(selector?.name ?? value, names.keys());
    diagnostics.push(error(`no stage is named "${selector?.name ?? value}"${hint}`, span));
  }
  for (const [port, { keySpan, references }] of stage.inputs) {
    if (type && !type.open && !Object.hasOwn(type.inputs, port)) {
      const known = Object.keys(type.inputs);
      const suggestion =
        known.length > 0 ? `its inputs: ${known.join(', ')}` : 'it takes no inputs';
      const message = `"${type.name}" has no input "${port}"${didYouMean(port, known)}`;
      diagnostics.push(error(message, keySpan, { suggestion }));
    }
    for (const { value, span } of references) {
      if (value.startsWith('./')) continue;
      const selector = parseSelector(value);
      if (!selector) {
        const suggestion = 'write stage, stage.output, stage[axis=value] or ./file';
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
