/** A file of another program, as its room describes it. */
import type { Compression } from '../../../nn/model/history.ts';
import type { WholeLayer } from './compressible-layer.ts';
import type { ForeignLayer, ForeignReplacement, RoundTo } from './foreign-layer.ts';

export interface ForeignFile {
  /** The names of its files. */
  readonly files: readonly string[];
  /** The number of weights. */
  readonly parameters: number;
  readonly layers: readonly ForeignLayer[];
  /** Layers that stay as they are, whatever is asked. */
  readonly whole: readonly WholeLayer[];
  readonly roundTo: RoundTo;
  /** @throws ExpectedError if the file can't hold weights in 8 bits */
  requireInt8(): void;
  /** Writes the files of the model with these layers replaced into the empty folder. */
  write(
    replacements: ReadonlyMap<string, ForeignReplacement>,
    folder: string,
    compression: Compression,
  ): void;
  close(): void;
}

/** The files of an artifact. Their paths do not have these names. */
export interface GivenFiles {
  readonly files: readonly string[];
  path(file: string): string;
}
