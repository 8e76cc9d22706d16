/** Images of a user's own as they were read, before anything is made of them. */
import type { ImageSet } from '../image-set.ts';

export interface OwnImages {
  readonly train: ImageSet;
  /** Undefined where the data has no test split. */
  readonly test: ImageSet | undefined;
  /** Undefined where the form has no names. */
  readonly classNames: readonly string[] | undefined;
}
