/** A model of any form, as the stages that factor layers see it. */
import type { Compression, LayerRow, ModelHistory } from '../../../nn/model/history.ts';
import type { CompressibleLayer, WholeLayer } from '../layers/compressible-layer.ts';
import type { LayerSelection } from '../layers/layer-selection.ts';
import type { Factoring } from './compress-layer.ts';
import type { CompressionPlan, OnLayer } from './compress-layers.ts';

export interface CompressibleModel {
  readonly history: ModelHistory;
  /** The layers to factorize. `schemes`: how convolutions are factored; without one, they are left out. */
  layers(selection: LayerSelection, schemes: readonly string[]): readonly CompressibleLayer[];
  compress(
    factoring: Factoring,
    plan: CompressionPlan,
    progress: OnLayer,
  ): Promise<CompressedModel>;
  /** The selected layers that none of the schemes can factor. */
  unfit(selection: LayerSelection, schemes: readonly string[]): readonly WholeLayer[];
  close(): void;
}

export interface CompressedModel {
  readonly rows: readonly LayerRow[];
  /** The true rate: see `achievedRate`. */
  readonly achieved: number;
  /** Writes the files of the model into the existing folder. */
  write(folder: string, history: ModelHistory & { readonly compression: Compression }): void;
}
