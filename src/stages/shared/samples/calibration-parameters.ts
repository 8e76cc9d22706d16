/** How many training images a layer is fitted to, and how many are held out from that. */
import * as v from 'valibot';

const count = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least));

export const calibrationParameters = (leastHeldOut: 0 | 1) => ({
  images: v.optional(v.pipe(count(1), v.description('Training images, at most.')), 2048),
  heldOut: v.optional(
    v.pipe(
      count(leastHeldOut),
      v.description(
        'Other training images, at most, on which the error of the outputs is measured. At most a quarter of all.',
      ),
    ),
    1024,
  ),
});
