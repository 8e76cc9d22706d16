/**
 * The truncated SVD as the seed experiment ran it: the same factors, and the layer of the classes is
 * factored too, at its full rank, which loses nothing and makes it a little larger.
 */

import type { CompressionMethod } from './compression-method.ts';
import { svd } from './svd.ts';

export const svdSeed: CompressionMethod = {
  ...svd,
  name: 'svd-seed',
  label: 'SVD (seed)',
  lastLayer: 'factor',
};
