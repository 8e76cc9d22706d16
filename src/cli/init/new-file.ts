/** A file that `pipeline init` writes. */
export interface NewFile {
  /** Relative to the current folder. */
  readonly path: string;
  readonly text: string;
}
