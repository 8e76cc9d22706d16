/** The one list of compression methods. */

import type { CompressionMethod } from './compression-method.ts';
import { curLeverage } from './cur-leverage.ts';
import { curLinearTime } from './cur-linear-time.ts';
import { curSeed } from './cur-seed.ts';
import { svd } from './svd.ts';
import { svdSeed } from './svd-seed.ts';

export const compressionMethods: readonly CompressionMethod[] = [
  svd,
  curLinearTime,
  curLeverage,
  curSeed,
  svdSeed,
];
