/** `command`: a shell command with declared inputs and outputs, in a folder of its own. */
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

/** As a key of a map, which such a name can't be either. */
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
  // People find an output in a folder of its name.
  v.check(
    (outputs) => Object.keys(outputs).every((name) => pathFault(name) === undefined),
    'an output is named by a word or a path',
  ),
  v.check((outputs) => overlap(Object.values(outputs)) === undefined, 'one output lies in another'),
);

export const command = defineStage({
  name: 'command',
  description: 'A shell command, in a folder that holds what it declares and nothing else.',
  parameters: v.strictObject({
    run: v.pipe(
      v.union([v.string(), v.array(v.string())]),
      v.transform((given) => (typeof given === 'string' ? [given] : given)),
      v.check((lines) => lines.some((line) => line.trim() !== ''), 'there is nothing to run'),
    ),
    // Without a default: keys of commands that name none stay as they are.
    shell: v.optional(v.picklist(['sh', 'bash'])),
    with: v.optional(mapOf(v.unknown()), {}),
    params: v.optional(mapOf(v.unknown()), {}),
    env: v.optional(
      v.record(
        v.pipe(
          v.string(),
          v.regex(/^[A-Za-z_]\w*$/, 'a variable is named by letters, digits and "_"'),
        ),
        v.pipe(v.union([v.string(), v.number(), v.boolean()]), v.transform(String)),
      ),
      {},
    ),
    outputs: v.optional(Outputs, {}),
    // Not declared: of files that it is given, where the values alone do not say how they are written.
    writtenAs: v.optional(
      v.strictObject({ with: v.optional(v.string()), params: v.optional(mapOf(v.string())) }),
    ),
  }),
  inputs: {},
  outputs: {},
  open: true,
  // What it does is in its parameters: a change of how it is started must not run a lab's months again.
  codeName: 'command/1',
  load: async () => {
    const { runCommand } = await import('./shared/command-run.ts');
    return { run: runCommand };
  },
});

export type CommandParameters = v.InferOutput<(typeof command)['parameters']>;

function overlap(paths: readonly string[]): string | undefined {
  // With its "/" a folder stands right before all that lies in it.
  const sorted = paths.map((path) => `${path}/`).sort();
  return sorted.find((path, i) => sorted[i + 1]?.startsWith(path));
}
