/** Which layers can be part of a training. */
import { ExpectedError } from '../../base/expected-error.ts';
import type { Layer } from '../model/description.ts';

/** Max-pools are differentiated only for values that are not negative (`kernels/pooling.ts`). */
export function checkTrainable(layers: readonly Layer[]): void {
  const bare = layers.findIndex(
    ({ kind }, index) => kind === 'max-pool' && layers[index - 1]?.kind !== 'relu',
  );
  if (bare < 0) return;
  throw new ExpectedError(
    `layer ${bare} of its part of the network is a max-pool that does not follow a relu, and can't be trained`,
    'put a relu before it, or train the classifier alone',
  );
}
