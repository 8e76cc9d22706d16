/**
 * The mean of paired differences that vary over two things at once: over test images, which all networks
 * share, and over repetitions (draws of a random method, or trained networks), each of which is measured
 * on all images. Both are samples, and what is estimated is the mean over all that could have been drawn.
 *
 * With y_di the difference of repetition d on image i, S repetitions and N images, the model is
 * y_di = mean + a_d + b_i + e_di, all three random; then
 *
 *     Var(mean of y) = s_a^2 / S + s_b^2 / N + s_e^2 / (S N),
 *     estimated by V = var_d(y_d.) / S + var_i(y_.i) / N - MS_e / (S N)
 *
 * from the mean squares of the two-way table (Cornfield & Tukey, 'Average values of mean squares in
 * factorials', Annals of Mathematical Statistics 27, 1956), with Satterthwaite's degrees of freedom
 * (Biometrics Bulletin 2, 1946). V is taken no smaller than either of its first two terms. Leaving the
 * first out is the usual mistake: it takes one lucky draw for a property of the method.
 *
 * Differences come in strata (compression rates), which are fixed and weigh the same. A repetition may
 * appear in several strata: its deviations from the means of its strata are added up before they are
 * squared, since draws from one seed at several rates are not independent.
 *
 * Few images that differ make the normal approximation too sure of itself. So the images' sum of squares
 * is that of one more image that differs, half each way (Agresti & Min, 'Simple improved confidence
 * intervals for comparing matched proportions', Statistics in Medicine 24, 2005).
 */

import { studentQuantile, studentTail } from './student.ts';

/** One network against its partner. */
export interface PairedDifferences {
  readonly stratum: number;
  /** The repetition: units of one name vary together. */
  readonly repetition: string;
  /** One an image, -1 to 1, the same images everywhere. */
  readonly values: Float64Array;
}

export interface Estimate {
  readonly mean: number;
  readonly standardError: number;
  readonly degrees: number;
  /** The interval that covers the true mean 95 times in 100. */
  readonly lower: number;
  readonly upper: number;
  /** One-sided p values: of a true mean of zero or less, and of zero or more. */
  readonly pAbove: number;
  readonly pBelow: number;
  /** How many repetitions the variance between them is known from; 1 tells nothing of it. */
  readonly repetitions: number;
}

/** Of at least one unit with at least two images. */
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
  const variance = Math.max(overImages + overRepetitions - together, overImages, overRepetitions);
  const free = Math.max(1, repetitions - 1);
  const degrees =
    variance ** 2 /
    (overImages ** 2 / (images - 1) +
      overRepetitions ** 2 / free +
      together ** 2 / (free * (images - 1)));
  const standardError = Math.sqrt(variance);
  const reach = studentQuantile(0.025, degrees) * standardError;
  return {
    mean,
    standardError,
    degrees,
    lower: mean - reach,
    upper: mean + reach,
    pAbove: studentTail(mean / standardError, degrees),
    pBelow: studentTail(-mean / standardError, degrees),
    repetitions,
  };
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
  for (const value of values) sum += value;
  return sum / values.length;
}

function squares(values: Float64Array, mean: number): number {
  let sum = 0;
  for (const value of values) sum += (value - mean) ** 2;
  return sum;
}
