/** An input of one instance to the outputs that it takes: joined by axes, of a kind that fits. */
import { type Diagnostic, error } from '../document/diagnostic.ts';
import type { StageDeclaration } from '../document/pipeline-document.ts';
import type { Span } from '../document/source.ts';
import { didYouMean } from '../document/suggest.ts';
import type { JoinIndex } from './join.ts';
import { type Axes, type OutputReference, type Stage, stageId } from './pipeline.ts';
import { parseSelector } from './selector.ts';
import type { InputPort, StageType } from './stage-type.ts';

export interface Connected {
  readonly inputs: ReadonlyMap<string, readonly OutputReference[]>;
  readonly diagnostics: readonly Diagnostic[];
}

/** What names nothing, or something that is itself at fault, is passed over: it is told elsewhere. */
export function connectInputs(
  declaration: StageDeclaration,
  type: StageType,
  axes: Axes,
  indexes: ReadonlyMap<string, JoinIndex<Stage>>,
): Connected {
  const id = stageId(declaration.name, axes);
  const diagnostics: Diagnostic[] = [];
  const inputs = new Map<string, readonly OutputReference[]>();
  for (const [name, { references }] of declaration.inputs) {
    const port = Object.hasOwn(type.inputs, name) ? type.inputs[name] : undefined;
    if (!port) continue;
    const taken: OutputReference[] = [];
    for (const { value, span } of references) {
      const selector = parseSelector(value);
      const all = selector && indexes.get(selector.name)?.find(selector, axes);
      if (!all) continue;
      // Of several, the one with the very same axes is meant: the instance that this one follows.
      const own = port.many ? [] : all.filter((stage) => sameAxes(stage.axes, axes));
      const found = own.length === 1 ? own : all;
      if (found.length === 0 && port.many) continue;
      const from = { found, output: selector.port, name: selector.name };
      const connected = connect({ id, port, name, span }, from);
      taken.push(...connected.producers);
      diagnostics.push(...connected.diagnostics);
    }
    if (!port.many && references.length > 1) {
      diagnostics.push(error(`the input "${name}" takes one artifact`, references[1]!.span));
    }
    if (port.many && !port.optional && taken.length === 0 && references.length > 0) {
      const span = references[0]!.span;
      diagnostics.push(error(`no instance of ${named(references)} fits ${id}`, span));
    }
    inputs.set(name, taken);
  }
  return { inputs, diagnostics };
}

function sameAxes(a: Axes, b: Axes): boolean {
  return a.size === b.size && [...a].every(([axis, value]) => b.get(axis) === value);
}

function named(references: readonly { readonly value: string }[]): string {
  return references.map(({ value }) => `"${value}"`).join(' or ');
}

function connect(
  to: { id: string; port: InputPort; name: string; span: Span },
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
      error(
        `the input "${to.name}" takes the kind "${to.port.kind}", not "${outputs[port]}"`,
        to.span,
        {
          ...(fitting && { suggestion: `write "${from.name}.${fitting}"` }),
        },
      ),
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
