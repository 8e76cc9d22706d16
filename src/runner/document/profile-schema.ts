/**
 * The shape of a profile: how stages are sent to a cluster.
 *
 * The texts are used as they are written. `${...}` in `setup` is a variable of the shell, not of the pipeline.
 */
import * as v from 'valibot';
import { seconds } from './quantities.ts';

const word = (example: string) =>
  v.pipe(v.string(), v.regex(/^[^\s-]\S*$/, `write one word, such as ${example}`));

const Partition = word('gpu');

/** Options of sbatch that the program sets itself, to find its jobs and their results, and to start requeued jobs. */
const OWN_OPTIONS =
  /^(?:--(?:array|begin|comment|export-file|no-requeue|open-mode|output|parsable|requeue|signal|test-only|wait|wrap)(?:=|$)|-[aboW])/;

const Option = v.pipe(
  v.string(),
  v.regex(/^-\S/, 'write one option for each item, such as --qos=normal'),
  v.check((text) => !/[\n\0]/.test(text), 'an option is one line'),
  v.check((text) => !OWN_OPTIONS.test(text), 'the program sets this option itself'),
);

const described = <S extends v.GenericSchema>(schema: S, text: string) =>
  v.pipe(schema, v.description(text));

export const ProfileSchema = v.pipe(
  v.strictObject({
    executor: described(v.picklist(['slurm']), 'What runs the stages: "slurm".'),
    partition: v.optional(
      described(
        v.union([
          Partition,
          v.strictObject({
            gpu: v.optional(described(Partition, 'For stages that ask for a GPU.')),
            other: v.optional(described(Partition, 'For all other stages.')),
          }),
        ]),
        'The partition of the cluster, or one for stages that ask for a GPU and one for the others. Default: that of the cluster.',
      ),
    ),
    account: v.optional(described(word('lab'), 'The account that the jobs are charged to.')),
    jobs: v.optional(
      described(
        v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000)),
        'The largest number of jobs that are queued or running at a time.',
      ),
      200,
    ),
    bundle: v.optional(
      seconds('Short stages share a job until their past durations add up to this. '),
      600,
    ),
    setup: v.optional(
      described(
        v.union([v.string(), v.array(v.string())]),
        'Shell lines that run on the node before the stages, such as "module load nodejs/20".',
      ),
    ),
    wrap: v.optional(
      described(
        v.pipe(v.string(), v.regex(/^[^\n]*\S[^\n]*$/, 'write one command on one line')),
        'A command that starts the program on the node, such as "apptainer exec --nv image.sif".',
      ),
    ),
    extra: v.optional(
      described(v.array(Option), 'More options for sbatch, one for each item.'),
      [],
    ),
    local: v.optional(
      described(
        v.array(v.pipe(v.string(), v.nonEmpty())),
        'Stages that stay on this machine: NAME or NAME[axis=value,...].',
      ),
      [],
    ),
  }),
  v.transform(({ partition = {}, bundle, setup, ...rest }) => ({
    ...rest,
    partition: typeof partition === 'string' ? { gpu: partition, other: partition } : partition,
    bundleSeconds: bundle,
    ...(setup !== undefined && { setup: typeof setup === 'string' ? setup : setup.join('\n') }),
  })),
);

export type ReadProfile = v.InferOutput<typeof ProfileSchema>;
