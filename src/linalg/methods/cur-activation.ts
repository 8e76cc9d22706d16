/**
 * Columns that matter for what the layer receives: DEIM on the singular vectors of A diag(d), d the root
 * mean square of each input. C^+ A is the best right factor for these columns whatever the inputs are.
 */

import { selectByDeim } from '../selection/deim.ts';
import { statisticsOf } from '../statistics.ts';
import { selecting } from './column-selection.ts';

export const curActivation = selecting((layer, count) =>
  selectByDeim(statisticsOf(layer).scaled.vt(count), count),
);
