/**
 * The mean of paired differences that vary over two factors at once: over test images, which all networks share, and
 * over repetitions (draws of a random method, or trained networks), each of which is measured on all images. Both are
 * samples. The estimate is of the mean over all images and repetitions that could have been drawn.
 *
 * With y_di the difference of repetition d on image i, S repetitions and N images, the model is
 * y_di = mean + a_d + b_i + e_di, all three random; then
 *
 *     Var(mean of y) = s_a^2 / S + s_b^2 / N + s_e^2 / (S N),
 *     estimated by V_d + V_i - V_e, with V_d = var_d(y_d.) / S, V_i = var_i(y_.i) / N, V_e = MS_e / (S N)
 *
 * from the mean squares of the two-way table (Cornfield & Tukey, 'Average values of mean squares in
 * factorials', Annals of Mathematical Statistics 27, 1956). V_i - V_e is at least zero, and the sum at least
 * V_i. Leaving V_d out is the usual mistake: it treats one lucky draw as a property of the method.
 *
 * The interval extends sqrt(t_(S-1)^2 V_d + t_(N-1)^2 (V_i - V_e)) to either side. Each part has its own
 * quantile, and they are combined as by Zou & Donner ('Construction of confidence limits about effect measures',
 * Statistics in Medicine 27, 2008). One quantile for the sum, with Satterthwaite's degrees of freedom, covers
 * the truth only 90 times in 100 if there are three repetitions. P values belong to the interval.
 *
 * Differences are grouped in strata (compression rates), which are fixed and have equal weights. A repetition may
 * appear in several strata. Its deviations from the means of its strata are added before they are squared, since
 * draws from one seed at several rates are not independent.
 *
 * If few images differ, the normal approximation is too confident. So the images' sum of squares includes one
 * more image that differs, half each way (Agresti & Min, 'Simple improved confidence intervals for comparing
 * matched proportions', Statistics in Medicine 24, 2005).
 */

import { studentQuantile, studentTail } from './student.ts';

/** One network compared with its partner. */
export interface PairedDifferences {
  readonly stratum: number;
  /** The repetition. Units of the same repetition vary together. */
  readonly repetition: string;
  /** One per image, from -1 to 1. All units have the same images. */
  readonly values: Float64Array;
}

export interface Estimate {
  readonly mean: number;
  readonly standardError: number;
  /** The interval that covers the true mean 95 times in 100. */
  readonly lower: number;
  readonly upper: number;
  /** One-sided p values: for a true mean of at most zero, and of at least zero. */
  readonly pAbove: number;
  readonly pBelow: number;
  /** The number of repetitions from which the variance between them is estimated. With 1 it is unknown. */
  readonly repetitions: number;
  /** The parts of the variance, for intervals of other levels. */
  readonly parts: Parts;
}

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/** The interval that misses the true mean with a probability of `alpha`. */
export function intervalOf(
  { mean, parts }: Pick<Estimate, 'mean' | 'parts'>,
  alpha: number,
): Interval {
  const reach = reachOf(parts, studentQuantile(alpha / 2, parts.images.degrees));
  return { lower: mean - reach, upper: mean + reach };
}

/** For a true mean of zero: at most `alpha` if `intervalOf` excludes zero. */
export function twoSidedP({ pAbove, pBelow }: Pick<Estimate, 'pAbove' | 'pBelow'>): number {
  return 2 * Math.min(pAbove, pBelow);
}

/** Requires at least one unit with at least two images. */
export function crossedDifference(units: readonly PairedDifferences[]): Estimate {
  const images = units[0]!.values.length;
  const strata = [...new Set(units.map(({ stratum }) => stratum))].map((stratum) =>
    units.filter((unit) => unit.stratum === stratum),
  );
  const imageMeans = new Float64Array(images);
  const deviations = new Map<string, Float64Array>();
  let repetitions = 1;
  for (const stratum of strata) {
    const means = meanOf(stratum.map(({ values }) => values));
    add(imageMeans, means, 1 / strata.length);
    const count = new Set(stratum.map(({ repetition }) => repetition)).size;
    repetitions = Math.max(repetitions, count);
    if (count === 1) continue;
    const weight = Math.sqrt(count / (count - 1)) / (strata.length * stratum.length);
    for (const { repetition, values } of stratum) {
      let sum = deviations.get(repetition);
      if (sum === undefined) deviations.set(repetition, (sum = new Float64Array(images)));
      add(sum, values, weight);
      add(sum, means, -weight);
    }
  }

  const mean = average(imageMeans);
  const overImages = (squares(imageMeans, mean) + 1) / (images - 1) / images;
  let overRepetitions = 0;
  let together = 0;
  for (const deviation of deviations.values()) {
    const own = average(deviation);
    overRepetitions += own * own;
    together += squares(deviation, own) / (images - 1) / images;
  }
  const parts: Parts = {
    repetitions: { variance: overRepetitions, degrees: Math.max(1, repetitions - 1) },
    images: {
      variance: Math.max(0, overImages - together, overImages - overRepetitions),
      degrees: images - 1,
    },
  };
  const tail = tailBeyond(Math.abs(mean), parts);
  return {
    mean,
    standardError: Math.sqrt(parts.repetitions.variance + parts.images.variance),
    ...intervalOf({ mean, parts }, 0.05),
    pAbove: mean >= 0 ? tail : 1 - tail,
    pBelow: mean >= 0 ? 1 - tail : tail,
    repetitions,
    parts,
  };
}

export interface Part {
  readonly variance: number;
  readonly degrees: number;
}

export interface Parts {
  readonly repetitions: Part;
  readonly images: Part;
}

/** Half the length of an interval, from the quantile of the images' part. */
function reachOf({ repetitions, images }: Parts, quantile: number): number {
  if (repetitions.variance === 0) return quantile * Math.sqrt(images.variance);
  const other = studentQuantile(studentTail(quantile, images.degrees), repetitions.degrees);
  return Math.hypot(other * Math.sqrt(repetitions.variance), quantile * Math.sqrt(images.variance));
}

/** The one-sided p value of the interval that just reaches zero. Values below 1e-12 are not resolved. */
function tailBeyond(distance: number, parts: Parts): number {
  const { degrees } = parts.images;
  let low = 0;
  let high = 1;
  while (reachOf(parts, high) < distance && studentTail(high, degrees) > 1e-12) high *= 2;
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (reachOf(parts, middle) < distance) low = middle;
    else high = middle;
  }
  return studentTail((low + high) / 2, degrees);
}

function meanOf(columns: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(columns[0]!.length);
  for (const column of columns) add(sum, column, 1 / columns.length);
  return sum;
}

function add(sum: Float64Array, values: Float64Array, weight: number): void {
  for (let i = 0; i < sum.length; i += 1) sum[i]! += weight * values[i]!;
}

function average(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i]!;
  return sum / values.length;
}

function squares(values: Float64Array, mean: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += (values[i]! - mean) ** 2;
  return sum;
}
