/** How stages are sent to a cluster. A profile is in no key. */
export interface Profile {
  readonly executor: 'slurm';
  /** The partition for stages that ask for a GPU, and the one for all others. Undefined: the default of the site. */
  readonly partition: { readonly gpu?: string; readonly other?: string };
  readonly account?: string;
  /** The largest number of jobs that are queued or running at a time. */
  readonly jobs: number;
  /** Stages are bundled until their past durations add up to this. */
  readonly bundleSeconds: number;
  /** Shell lines that run before the worker, such as `module load`. */
  readonly setup?: string;
  /** A command that the worker is started by, such as `apptainer exec image.sif`. */
  readonly wrap?: string;
  /** More options for sbatch. */
  readonly extra: readonly string[];
  /** Stages that stay on this machine, as selectors of stage names. */
  readonly local: readonly string[];
}
