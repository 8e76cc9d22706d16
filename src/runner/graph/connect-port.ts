/** Connects one input to the outputs of the instances that its references select. */
import { type Diagnostic, error } from '../document/diagnostic.ts';
import type { InputDeclaration } from '../document/pipeline-document.ts';
import type { Span } from '../document/source.ts';
import { didYouMean } from '../document/suggest.ts';
import type { JoinIndex } from './join.ts';
import type { Axes, OutputReference, Stage } from './pipeline.ts';
import { ANY_KIND } from './resolve.ts';
import { parseSelector } from './selector.ts';
import type { InputPort } from './stage-type.ts';

export const ANY_INPUT: InputPort = { kind: ANY_KIND, many: true };

export type Indexes = ReadonlyMap<string, JoinIndex<Stage>>;

export interface Target {
  readonly id: string;
  readonly port: InputPort;
  readonly name: string;
}

export function connectPort(
  to: Target,
  { references }: InputDeclaration,
  axes: Axes,
  indexes: Indexes,
  diagnostics: Diagnostic[],
): OutputReference[] {
  const { port } = to;
  const indexOf = (reference: string) => indexes.get(parseSelector(reference)?.name ?? '');
  const isEmpty = (reference: string) => indexOf(reference)?.isEmpty === true;
  const taken: OutputReference[] = [];
  let fits = false;
  const inside = references.filter((one) => !one.value.startsWith('./'));
  for (const { value, span } of inside) {
    const selector = parseSelector(value);
    const all = selector && indexes.get(selector.name)?.find(selector, axes);
    if (!all) continue;
    // If several match, the one with exactly the same axes is used: the instance that this one follows.
    const own = port.many ? [] : all.filter((stage) => sameAxes(stage.axes, axes));
    const found = own.length === 1 ? own : all;
    // If an input for one artifact has several references, exactly one of them must match.
    if (found.length === 0 && (port.many || inside.length > 1)) continue;
    fits = true;
    const from = { found, output: selector.port, name: selector.name };
    if (found.length === 0 && isEmpty(value)) {
      diagnostics.push(error(`"${selector.name}" has no instances, and ${needs(to)}`, span, EMPTY));
      continue;
    }
    const connected = connect({ ...to, span }, from);
    for (const one of connected.producers) taken.push(one);
    for (const one of connected.diagnostics) diagnostics.push(one);
  }
  if (!port.many && inside.length > 1 && taken.length > 1) {
    const shown = taken.slice(0, 2).map((one) => one.stage);
    const message = `the input "${to.name}" takes one artifact, but ${shown.join(' and ')} match`;
    diagnostics.push(error(message, inside[1]!.span));
  }
  const known = inside.every(({ value }) => indexOf(value));
  const wanted = port.many ? !port.optional : inside.length > 1;
  if (wanted && !fits && inside.length > 0 && known) {
    const span = inside[0]!.span;
    // If a sweep is disabled, a command that gathers it gets no artifacts.
    if (!inside.every(({ value }) => isEmpty(value))) {
      diagnostics.push(error(`no instance of ${named(inside)} matches ${to.id}`, span));
    } else if (port !== ANY_INPUT) {
      diagnostics.push(error(`${named(inside)} has no instances, and ${needs(to)}`, span, EMPTY));
    }
  }
  return taken;
}

const EMPTY = {
  suggestion: 'give each axis of its matrix a value, or remove this input',
};

function needs({ name, port }: Target): string {
  return `the input "${name}" takes ${port.many ? 'at least one' : 'one'}`;
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
      diagnostics: [error(`no instance of "${from.name}" matches ${to.id}`, to.span)],
    };
  }
  const { outputs } = first;
  // A faulty stage has no outputs, and has been reported.
  if (first.faulty) return { producers: [], diagnostics: [] };
  const port = from.output ?? Object.keys(outputs)[0];
  if (port === undefined) {
    return { producers: [], diagnostics: [error(`"${from.name}" has no outputs`, to.span)] };
  }
  if (!Object.hasOwn(outputs, port)) {
    const known = Object.keys(outputs);
    const message = `"${from.name}" has no output "${port}"${didYouMean(port, known)}`;
    return { producers: [], diagnostics: [error(message, to.span)] };
  }
  const diagnostics: Diagnostic[] = [];
  if (outputs[port] !== to.port.kind && outputs[port] !== ANY_KIND && to.port.kind !== ANY_KIND) {
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
        `the input "${to.name}" takes one artifact, but ${from.found.length} match, such as ${first.id} and ${second.id}`,
        to.span,
        { suggestion: `select one with ${from.name}[axis=value], or add the axis to this stage` },
      ),
    );
  }
  return { producers: from.found.map((stage) => ({ stage: stage.id, port })), diagnostics };
}
