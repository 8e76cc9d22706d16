/**
 * Whether what a command is given and what it makes can lie in one folder.
 *
 * An output in the folder of an input is well; an input in an output would be taken for something that
 * the command made. What each artifact holds is not known here: of that the command's folder tells.
 */
import type { JsonObject } from '../../base/json.ts';
import { type Diagnostic, error } from '../document/diagnostic.ts';
import { type Located, nodeAt, spanAt } from '../document/located.ts';

export interface FolderPaths {
  /** The parameters of a command: `outputs` has paths by name, `params` values by path. */
  readonly parameters: JsonObject;
  readonly declared: Located;
  /** Where inputs lie. */
  readonly inputs: Iterable<string>;
}

export function checkFolderPaths({ parameters, declared, inputs }: FolderPaths): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const given = new Set(inputs);
  for (const path of Object.keys((parameters.params ?? {}) as JsonObject)) {
    if (given.has(path)) {
      const suggestion = 'take its values by "params", or all of it by "files"';
      const span = spanAt(declared, ['params', path], 'key');
      diagnostics.push(error(`"${path}" is an input already`, span, { suggestion }));
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
        ? `the output "${path}" is an input too`
        : `the output "${path}" would hold the input "${inside}"`;
    const suggestion = 'inputs stay as they are: let the command write elsewhere';
    diagnostics.push(error(message, span, { suggestion }));
  }
  return diagnostics;
}
