/**
 * Selects columns with respect to the layer's inputs: DEIM on the singular vectors of A diag(d), where d is the root
 * mean square of each input. C^+ A is the best right factor for these columns with any inputs.
 */

import { selectByDeim } from '../selection/deim.ts';
import { statisticsOf } from '../statistics.ts';
import { selecting } from './column-selection.ts';

export const curActivation = selecting((layer, count) =>
  selectByDeim(statisticsOf(layer).scaled.vt(count), count),
);
