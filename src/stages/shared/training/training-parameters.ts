/** The parameters that `train` and `finetune` share. */
import * as v from 'valibot';

const whole = v.pipe(v.number(), v.integer(), v.minValue(1));
const share = v.pipe(v.number(), v.minValue(0));

export const trainingParameters = {
  epochs: v.pipe(whole, v.description('Passes over the training images.')),
  batch: v.pipe(whole, v.description('Images per step.')),
  learningRate: v.pipe(share, v.description("Adam's step size in the first epoch.")),
  decay: v.optional(
    v.pipe(share, v.description('The factor that multiplies the learning rate after each epoch.')),
    0.5,
  ),
  weightDecay: v.optional(v.pipe(share, v.description('L2 penalty, added to the gradient.')), 0),
  seed: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.description('The seed of the initial weights, the order of the images and dropout.'),
    ),
    0,
  ),
  limit: v.optional(
    v.nullable(
      v.pipe(
        whole,
        v.description('Images per epoch: the first in the order of the epoch. The default is all.'),
      ),
    ),
    null,
  ),
};
