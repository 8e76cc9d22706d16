/** Connects an input of a command: each artifact becomes a file or folder with a path in the workspace. */
import { addTo } from '../../base/add-to.ts';
import { type Diagnostic, error } from '../document/diagnostic.ts';
import type { InputDeclaration } from '../document/pipeline-document.ts';
import { connectPort, type Indexes, type Target } from './connect-port.ts';
import type { JoinIndex } from './join.ts';
import { folderPort, pathFault } from './paths.ts';
import type { Axes, OutputReference, Stage } from './pipeline.ts';
import { gathers, parseSelector, type Selector } from './selector.ts';

/**
 * A command finds an input under its name. If the input is a list, each artifact has its own subfolder, named
 * by its stage. If a reference gathers instances, the subfolders are named by the axes in which the instances
 * differ. So the paths of the files are part of the key.
 */
export function connectFolder(
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
      addTo(ports, port, taken);
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
