/** `command`: a shell command with declared inputs and outputs, in its own folder. */
import * as v from 'valibot';
import { defineStage, mapOf, pathFault, REFUSED_KEYS } from '../runner/index.ts';

const Path = v.pipe(
  v.string(),
  v.transform((path) => path.replace(/^\.\//, '').replace(/\/+$/, '')),
  v.rawCheck(({ dataset, addIssue }) => {
    const fault = dataset.typed ? pathFault(dataset.value) : undefined;
    if (fault) addIssue({ message: `"${dataset.value}" ${fault}` });
  }),
);

/** Such a name can't be the key of a map either. */
const Named = v.pipe(
  Path,
  v.check(
    (path) => !REFUSED_KEYS.has(path),
    ({ input }) =>
      `"${input}" can't be the name of an output; write it as a path: { name: ${input} }`,
  ),
);

/** A list names each output by its path. */
const Outputs = v.pipe(
  v.union([v.array(Named), mapOf(Path)]),
  v.transform((given) =>
    Array.isArray(given) ? Object.fromEntries(given.map((path) => [path, path])) : given,
  ),
  // The output is shown to the user under its name.
  v.check(
    (outputs) => Object.keys(outputs).every((name) => pathFault(name) === undefined),
    'the name of an output must be a word or a path',
  ),
  v.check(
    (outputs) => [Object.values(outputs), Object.keys(outputs)].every((all) => !overlap(all)),
    'one output is inside another',
  ),
);

export const command = defineStage({
  name: 'command',
  description: 'A shell command. Its folder contains only the files that it declares.',
  parameters: v.strictObject({
    run: v.pipe(
      v.union([v.string(), v.array(v.string())]),
      v.transform((given) => (typeof given === 'string' ? [given] : given)),
      v.check((lines) => lines.some((line) => line.trim() !== ''), 'there is nothing to run'),
    ),
    // No default: the keys of commands without a shell must not change.
    shell: v.optional(v.picklist(['sh', 'bash'])),
    with: v.optional(mapOf(v.unknown()), {}),
    params: v.optional(mapOf(v.unknown()), {}),
    env: v.optional(
      v.record(
        v.pipe(
          v.string(),
          v.regex(
            /^[A-Za-z_]\w*$/,
            'the name of a variable may contain only letters, digits and "_"',
          ),
        ),
        v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String)),
      ),
      {},
    ),
    outputs: v.optional(Outputs, {}),
    // Not declared: how values are written in the files that the command receives, if the values alone do not say it.
    writtenAs: v.optional(
      v.strictObject({ with: v.optional(v.string()), params: v.optional(mapOf(v.string())) }),
    ),
  }),
  inputs: {},
  outputs: {},
  open: true,
  // The parameters describe the command completely. A change of how it is started must not run months of work again.
  codeName: 'command/1',
  load: async () => {
    const { runCommand } = await import('./shared/commands/command-run.ts');
    return { run: runCommand };
  },
});

export type CommandParameters = v.InferOutput<(typeof command)['parameters']>;

function overlap(paths: readonly string[]): string | undefined {
  // With its "/", a folder sorts directly before its contents.
  const sorted = paths.map((path) => `${path}/`).sort();
  return sorted.find((path, i) => sorted[i + 1]?.startsWith(path));
}
