/** A request for the files of a data set. */
import type { DatasetFacts, DatasetSource } from '../catalog.ts';

export interface Acquisition {
  readonly facts: DatasetFacts;
  /** Tried in this order. */
  readonly sources: readonly AnySource[];
  /** The folder for the files. */
  readonly into: string;
  /** The folder for partial downloads. A later attempt continues them. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  report(message: string): void;
  progress(fraction: number | undefined, message: string): void;
}

export type AnySource = DatasetSource | { readonly kind: 'folder'; readonly path: string };
