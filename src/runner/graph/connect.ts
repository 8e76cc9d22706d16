/** Connects the inputs of one instance to outputs of other instances (joined by axes, of the same kind) or to files. */
import { type Diagnostic, error } from '../document/diagnostic.ts';
import type { InputDeclaration } from '../document/pipeline-document.ts';
import type { Span } from '../document/source.ts';
import { didYouMean } from '../document/suggest.ts';
import type { JoinIndex } from './join.ts';
import { folderPort, pathFault } from './paths.ts';
import {
  type Axes,
  type OutputReference,
  type ProjectFile,
  type Stage,
  stageId,
} from './pipeline.ts';
import { ANY_KIND } from './resolve.ts';
import { gathers, parseSelector, type Selector } from './selector.ts';
import type { InputPort, StageType } from './stage-type.ts';

export interface Connected {
  readonly inputs: ReadonlyMap<string, readonly OutputReference[]>;
  readonly files: ReadonlyMap<string, ProjectFile>;
  readonly diagnostics: readonly Diagnostic[];
}

export interface Connectable {
  readonly name: string;
  readonly nameSpan: Span;
  readonly inputs: ReadonlyMap<string, InputDeclaration>;
}

const ANY_INPUT: InputPort = { kind: ANY_KIND, many: true };

type Indexes = ReadonlyMap<string, JoinIndex<Stage>>;

/** Skips references to unknown or faulty stages, which are reported elsewhere. */
export function connectInputs(
  stage: Connectable,
  type: StageType,
  axes: Axes,
  indexes: Indexes,
): Connected {
  const diagnostics: Diagnostic[] = [];
  const inputs = new Map<string, readonly OutputReference[]>();
  const files = new Map<string, ProjectFile>();
  for (const [port, input] of stage.inputs) {
    const spec: InputPort | undefined = type.open
      ? ANY_INPUT
      : Object.hasOwn(type.inputs, port)
        ? type.inputs[port]
        : undefined;
    if (!spec) continue;
    const to = { id: stageId(stage.name, axes), port: spec, name: port };
    const taken = type.open
      ? connectFolder(to, input, axes, indexes, diagnostics)
      : new Map([[port, connectPort(to, input, axes, indexes, diagnostics)]]);
    const outside = input.references.filter((one) => one.value.startsWith('./'));
    const twice = (name: string, span: Span): void => {
      if (!inputs.has(name) && !files.has(name)) return;
      diagnostics.push(error(`a second input has the path "${name}"`, span));
    };
    for (const [name, references] of taken) {
      if (references.length === 0 && outside.length > 0) continue;
      twice(name, input.keySpan);
      inputs.set(name, references);
    }
    for (const { value, span } of outside) {
      const path = value.replace(/^(\.\/)+/, '').replace(/\/+$/, '');
      const fault = pathFault(path);
      if (fault) diagnostics.push(error(`"${value}" ${fault}`, span));
      if (input.references.length > 1) {
        diagnostics.push(
          error('a file of the project must be the only reference of an input', span),
        );
      }
      const name = type.open ? port.replace(/\/+$/, '') : port;
      twice(name, span);
      files.set(name, { path, span });
    }
  }
  return { inputs: unlessEmpty(inputs), files: unlessEmpty(files), diagnostics };
}

const EMPTY_MAP = new Map<never, never>();

/** An empty map takes 200 bytes, and most instances of a large matrix would have one. */
function unlessEmpty<V>(map: ReadonlyMap<string, V>): ReadonlyMap<string, V> {
  return map.size === 0 ? EMPTY_MAP : map;
}

interface Target {
  readonly id: string;
  readonly port: InputPort;
  readonly name: string;
}

function connectPort(
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
    const message = `the input "${to.name}" takes one artifact, but ${shown.join(' and ')} fit`;
    diagnostics.push(error(message, inside[1]!.span));
  }
  const known = inside.every(({ value }) => indexOf(value));
  const wanted = port.many ? !port.optional : inside.length > 1;
  if (wanted && !fits && inside.length > 0 && known) {
    const span = inside[0]!.span;
    // If a sweep is disabled, a command that gathers it gets no artifacts.
    if (!inside.every(({ value }) => isEmpty(value))) {
      diagnostics.push(error(`no instance of ${named(inside)} fits ${to.id}`, span));
    } else if (port !== ANY_INPUT) {
      diagnostics.push(error(`${named(inside)} has no instances, and ${needs(to)}`, span, EMPTY));
    }
  }
  return taken;
}

/**
 * A command finds an input under its name. If the input is a list, each artifact has its own subfolder, named
 * by its stage. If a reference gathers instances, the subfolders are named by the axes in which the instances
 * differ. So the paths of the files are part of the key.
 */
function connectFolder(
  to: Target,
  input: InputDeclaration,
  axes: Axes,
  indexes: Indexes,
  diagnostics: Diagnostic[],
): Map<string, OutputReference[]> {
  const ports = new Map<string, OutputReference[]>();
  const name = to.name.replace(/\/+$/, '');
  const fault = pathFault(name);
  if (fault) diagnostics.push(error(`"${to.name}" ${fault}`, input.keySpan));
  for (const reference of input.references) {
    const selector = parseSelector(reference.value);
    if (!selector || reference.value.startsWith('./')) continue;
    const one = { ...input, references: [reference] };
    for (const taken of connectPort(to, one, axes, indexes, diagnostics)) {
      const gathered = gatheredAxes(indexes.get(selector.name)!, taken, selector, axes);
      const port = folderPort(name, input.references.length > 1 ? selector.name : '', gathered);
      const known = ports.get(port);
      if (known) known.push(taken);
      else ports.set(port, [taken]);
    }
  }
  for (const [port, taken] of ports) {
    if (taken.length > 1) {
      const shown = taken
        .slice(0, 2)
        .map((one) => `${one.stage}.${one.port}`)
        .join(' and ');
      diagnostics.push(error(`${shown} would have the same path "${port}"`, input.keySpan));
    }
  }
  return ports;
}

function gatheredAxes(
  index: JoinIndex<Stage>,
  { stage }: OutputReference,
  selector: Selector,
  axes: Axes,
): Axes {
  const from = index.byId(stage)!.axes;
  const open = [...from].filter(
    ([axis]) => gathers(selector, axis) || (!axes.has(axis) && !selector.filter.has(axis)),
  );
  return new Map(open);
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
      diagnostics: [error(`no instance of "${from.name}" fits ${to.id}`, to.span)],
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
        `the input "${to.name}" takes one artifact, but ${from.found.length} fit, such as ${first.id} and ${second.id}`,
        to.span,
        { suggestion: `select one with ${from.name}[axis=value], or add the axis to this stage` },
      ),
    );
  }
  return { producers: from.found.map((stage) => ({ stage: stage.id, port })), diagnostics };
}
