/** The input of a method that uses second moments of the inputs. */
import type { SecondMoments } from '../../moments/second-moments.ts';
import type { WhitenedLayer } from '../../moments/whitened.ts';
import type { CompressionOptions, Factorization, LayerToCompress } from '../compression-method.ts';

export interface LayerToFit extends LayerToCompress {
  /** Parts may be in a file and are then read on use. */
  readonly whitened: WhitenedLayer;
  moments(): SecondMoments;
}

/** Like `Compress`. No such method is random. */
export type Fit = (
  layer: LayerToFit,
  rank: number,
  options?: Pick<CompressionOptions, 'form'>,
) => Factorization;
