/** The user's own images as they were read, before any processing. */
import type { ImageSet } from '../image-set.ts';

export interface OwnImages {
  readonly train: ImageSet;
  /** Undefined if the data has no test split. */
  readonly test: ImageSet | undefined;
  /** Undefined if the format does not contain names. */
  readonly classNames: readonly string[] | undefined;
}
