/** The implementation of each compression method. `names.ts` has the other facts about them. */

import type { Compress, CompressionMethod } from './compression-method.ts';
import { curActivation } from './cur-activation.ts';
import { curAdaptive } from './cur-adaptive.ts';
import { curDeim, curQdeim, curQr, curTopLeverage } from './cur-chosen.ts';
import { curLeverageExact, curNorm, curNormDistinct, curUniform } from './cur-drawn.ts';
import { curId } from './cur-id.ts';
import { curLeverage } from './cur-leverage.ts';
import { curLinearTime } from './cur-linear-time.ts';
import { curPublished } from './cur-published.ts';
import { type MethodName, methodFacts } from './names.ts';
import { svd, svdBalanced } from './svd.ts';
import { svdActivation, svdOutput } from './svd-of-data.ts';

const compress: Readonly<Record<MethodName, Compress>> = {
  svd,
  'svd-balanced': svdBalanced,
  'svd-output': svdOutput,
  'svd-activation': svdActivation,
  'svd-published': svd,
  'cur-lineartime': curLinearTime,
  'cur-leverage': curLeverage,
  'cur-published': curPublished,
  'cur-uniform': curUniform,
  'cur-norm': curNorm,
  'cur-norm-distinct': curNormDistinct,
  'cur-leverage-exact': curLeverageExact,
  'cur-id': curId,
  'cur-adaptive': curAdaptive,
  'cur-top-leverage': curTopLeverage,
  'cur-deim': curDeim,
  'cur-qdeim': curQdeim,
  'cur-qr': curQr,
  'cur-activation': curActivation,
};

export const compressionMethods: readonly CompressionMethod[] = methodFacts.map((facts) => ({
  ...facts,
  compress: compress[facts.name],
}));

export function methodNamed(name: MethodName): CompressionMethod {
  return compressionMethods.find((method) => method.name === name)!;
}
