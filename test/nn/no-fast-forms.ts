/** `src/nn/fast-forms.ts` as it would be if `src/nn/fast/` were deleted. */
import type * as fastForms from '../../src/nn/fast-forms.ts';

export const noFastForms: typeof fastForms = {
  fastStarts: {},
  fastTransposed: {},
  fastChannelsAsBatch: {},
  fastTimesTransposed: {},
  fastTransposedTimes: {},
  fastProducts: {},
  fastWithBias: {},
  fastReluGradient: {},
  fastColumnSums: {},
  fastMaxPoolGradient: {},
  fastConvolve: {},
  fastGradientOfInput: {},
  fastMask: undefined,
  fastOptimizers: {},
  fastSteps: {},
  fastInference: {},
};
