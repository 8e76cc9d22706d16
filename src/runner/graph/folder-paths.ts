/**
 * Checks that the inputs and outputs of a command can be in one folder.
 *
 * An output inside the folder of an input is allowed. An input inside an output is not, since it would be
 * captured as if the command had made it. The files of each artifact are not known yet, so conflicts between
 * them are found when the command runs.
 */
import type { JsonObject } from '../../base/json.ts';
import { type Diagnostic, error } from '../document/diagnostic.ts';
import { type Located, nodeAt, spanAt } from '../document/located.ts';

export interface FolderPaths {
  /** The parameters of a command. `outputs` maps names to paths, `params` maps paths to values. */
  readonly parameters: JsonObject;
  readonly declared: Located;
  /** The paths of the inputs. */
  readonly inputs: Iterable<string>;
}

export function checkFolderPaths({ parameters, declared, inputs }: FolderPaths): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const given = new Set(inputs);
  for (const path of Object.keys((parameters.params ?? {}) as JsonObject)) {
    if (given.has(path)) {
      const suggestion = 'list it under "params" or under "files", not both';
      const span = spanAt(declared, ['params', path], 'key');
      diagnostics.push(error(`"${path}" is already an input`, span, { suggestion }));
    }
    given.add(path);
  }
  const outputs = Object.entries((parameters.outputs ?? {}) as JsonObject);
  for (const [at, [name, value]] of outputs.entries()) {
    const path = String(value);
    const inside = [...given].find((input) => input === path || input.startsWith(`${path}/`));
    if (inside === undefined) continue;
    const list = nodeAt(declared, ['outputs'])?.kind === 'list';
    const span = spanAt(declared, ['outputs', list ? at : name], 'value');
    const message =
      inside === path
        ? `the output "${path}" is also an input`
        : `the output "${path}" would contain the input "${inside}"`;
    const suggestion = "a command can't change its inputs: let it write to another path";
    diagnostics.push(error(message, span, { suggestion }));
  }
  return diagnostics;
}
