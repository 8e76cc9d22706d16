/** What a source of a data set's files is asked for, and what it is given to do it. */
import type { DatasetFacts, DatasetSource } from '../catalog.ts';

export interface Acquisition {
  readonly facts: DatasetFacts;
  /** In the order to try them. */
  readonly sources: readonly AnySource[];
  /** Where the files go, by their names in `facts.files`. */
  readonly into: string;
  /** A folder for half-done downloads, found again by a later attempt. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  report(message: string): void;
  progress(fraction: number | undefined, message: string): void;
}

export type AnySource = DatasetSource | { readonly kind: 'folder'; readonly path: string };
