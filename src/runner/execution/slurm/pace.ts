/** How often the run looks at files and asks Slurm, in milliseconds. */
export interface Pace {
  /** Orders are collected this long, so that one submission has many. */
  readonly collect: number;
  /** Between two submissions. */
  readonly betweenSubmissions: number;
  /** Between two looks at the files of the jobs, after news and at most. */
  readonly look: readonly [first: number, most: number];
  /** Between two questions to Slurm, after news and at most. */
  readonly ask: readonly [first: number, most: number];
  /** Slurm is asked often for this long after news. */
  readonly news: number;
  /** A job that Slurm does not list for this long is lost. */
  readonly missing: number;
  /** A job that runs for longer builds no short stage. */
  readonly short: number;
  /** After Ctrl-C, a second one within this time cancels the jobs. */
  readonly linger: number;
}

export const usualPace: Pace = {
  collect: 200,
  betweenSubmissions: 1000,
  look: [100, 2000],
  ask: [5000, 60_000],
  news: 60_000,
  missing: 30_000,
  short: 5000,
  linger: 5000,
};

/** Looking at a file takes this long on a network disk. */
export const LOOK_MS = 2;
