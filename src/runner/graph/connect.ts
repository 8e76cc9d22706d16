/** Connects the inputs of one instance to outputs of other instances (joined by axes, of the same kind) or to files. */
import { type Diagnostic, error } from '../document/diagnostic.ts';
import type { InputDeclaration } from '../document/pipeline-document.ts';
import type { Span } from '../document/source.ts';
import { connectFolder } from './connect-folder.ts';
import { ANY_INPUT, connectPort, type Indexes } from './connect-port.ts';
import { pathFault } from './paths.ts';
import { type Axes, type OutputReference, type ProjectFile, stageId } from './pipeline.ts';
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
