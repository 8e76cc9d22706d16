/** The method `int8`: no layer is factored, and all are stored in 8 bits. It has no ranks, so it is not in the lists. */
import type { CompressionMethod } from './compression-method.ts';

export const int8Alone: CompressionMethod = {
  ...{ name: 'int8', label: 'int8', family: 'int8' },
  ...{ rounding: 'round', lastLayer: 'keep', random: false, forms: [] },
  compress: () => {
    throw new Error('the method "int8" has no factors');
  },
};
