/** A file of another program, as its room describes it. */
import type { Compression } from '../../../nn/model/history.ts';
import type { WholeLayer } from '../layers/compressible-layer.ts';
import type { ForeignLayer } from './foreign-layer.ts';
import type { ForeignReplacement } from './foreign-parts.ts';

export interface ForeignFile {
  /** The names of its files. */
  readonly files: readonly string[];
  /** The number of weights. */
  readonly parameters: number;
  readonly layers: readonly ForeignLayer[];
  /** How the layers were found, by their names instead of patterns. */
  readonly options: LayerOptions;
  /** Layers that stay as they are, whatever is asked. */
  readonly whole: readonly WholeLayer[];
  /** @throws ExpectedError if the file can't hold weights in 8 bits */
  requireInt8(): void;
  /**
   * Writes the files of the model with these layers replaced into the empty folder. Returns the number of weights in
   * them.
   */
  write(
    replacements: ReadonlyMap<string, ForeignReplacement>,
    folder: string,
    compression: Compression,
  ): number;
  /** Writes an ONNX model that also returns values inside its graph, by the names of the new outputs. */
  writeWithOutputs?(outputs: ReadonlyMap<string, string>, path: string): void;
  /** Writes the files of an ONNX model with other weights of dense layers, by their names, into the empty folder. */
  writeWithWeights?(weights: ReadonlyMap<string, Float32Array>, folder: string): void;
  close(): void;
}

/** How the layers of safetensors are found. */
export interface LayerOptions {
  /** The modules that are layers. Default: as `tensorLayers` finds them. */
  readonly layers?: string[];
  /** The modules whose weights are stored as [in, out]. */
  readonly transpose?: string[];
  /** The groups of convolutions. */
  readonly groups?: Record<string, number>;
}

/** The files of an artifact. Their paths do not have these names. */
export interface GivenFiles {
  readonly files: readonly string[];
  path(file: string): string;
}
