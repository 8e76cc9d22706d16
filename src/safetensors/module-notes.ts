/**
 * Notes in the metadata of a file about the modules that its tensors belong to. `python/save_model.py` writes them,
 * because a tensor does not tell a linear layer from an embedding, or how many groups a convolution has.
 */
import * as v from 'valibot';
import { checkedJson } from '../base/checked-json.ts';
import type { TensorSetFile } from './tensor-set.ts';

const moduleSchema = v.object({
  /** The name of its class. */
  type: v.string(),
  groups: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
});

const schemas = {
  modules: v.record(v.string(), moduleSchema),
  /** Name -> the name under which the shared values are stored. */
  tied: v.record(v.string(), v.string()),
};

export type ModuleNote = v.InferOutput<typeof moduleSchema>;

export interface ModuleNotes {
  /** By the names of the modules. Undefined if the files have no such notes. */
  readonly modules: ReadonlyMap<string, ModuleNote> | undefined;
  /** Names of tensors that have other names too -> one of these. */
  readonly tied: ReadonlyMap<string, string>;
}

export function moduleNotes(files: readonly TensorSetFile[]): ModuleNotes {
  const noted = files.flatMap((file) => Object.entries(noteOf(file, 'modules') ?? {}));
  const tied = files.flatMap((file) => Object.entries(noteOf(file, 'tied') ?? {}));
  const hasNotes = files.some(({ metadata }) => metadata.modules !== undefined);
  return {
    modules: hasNotes ? new Map(noted) : undefined,
    tied: new Map(tied.map(([alias, stored]) => [stored, alias])),
  };
}

/**
 * The metadata of a file after the module `name` was replaced by linear or convolution modules called `parts`.
 *
 * @param replaced the names of the parts, by the names of the replaced modules
 */
export function withReplaced(
  file: TensorSetFile,
  replaced: ReadonlyMap<string, readonly { readonly name: string; readonly groups: number }[]>,
): Readonly<Record<string, string>> {
  const modules = noteOf(file, 'modules');
  if (!modules) return file.metadata;
  const entries = Object.entries(modules).flatMap(([name, note]): [string, ModuleNote][] => {
    const parts = replaced.get(name);
    if (!parts) return [[name, note]];
    const type = note.type === 'Conv1D' ? 'Linear' : note.type;
    return parts.map(({ name: part, groups }) => [part, { type, ...(groups > 1 && { groups }) }]);
  });
  return { ...file.metadata, modules: JSON.stringify(Object.fromEntries(entries)) };
}

function noteOf<K extends keyof typeof schemas>(
  { name, metadata }: TensorSetFile,
  key: K,
): v.InferOutput<(typeof schemas)[K]> | undefined {
  const text = metadata[key];
  if (text === undefined) return undefined;
  return checkedJson(text, schemas[key], `${name}, "${key}" of its metadata`, 'save it again');
}
