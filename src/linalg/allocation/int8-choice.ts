/**
 * The choices of a layer whose factors are stored in 8 bits, with their expected errors.
 *
 * With A = U S V^T, the stored factors of rank k are U_k + E and S_k V_k^T + F. The rounding errors E and F have the
 * mean square step^2 / 12, where the step is the scale of the channel. They are independent of the part of A that is cut
 * off, whose singular vectors are orthogonal to U_k and V_k. So the squared error is that of rank k, plus ||F||^2, plus
 * ||E S_k||^2. Methods other than the SVD of this form have other errors.
 */
import type { LayerFactors } from '../factors.ts';
import type { Candidate, LayerChoice } from './layer-choice.ts';

/** The mean square of the rounding error, for a largest weight of 1: the step is 1/127. */
const ROUNDING = 1 / (12 * 127 ** 2);

/**
 * @param floats the candidates with factors of floats, for ascending ranks from 1 on
 * @param matrices of the layer, which all get the same rank
 * @param channels of all left factors; a right factor has one per rank
 * @param cost of a rank in 8 bits
 */
export function int8Candidates(
  { candidates }: LayerChoice,
  matrices: readonly LayerFactors[],
  channels: number,
  cost: (rank: number) => number,
): readonly Candidate[] {
  const squaredNorm = matrices.reduce((sum, one) => sum + one.squaredNorm, 0);
  const known = Math.max(...matrices.map(({ s }) => s.length));
  const roundings = matrices.map((one) =>
    squaredRoundings(one, channels / matrices.length, candidates.length),
  );
  return candidates.slice(0, known).map(({ rank, squaredError }, at) => {
    // A matrix of a lower rank is filled up with zeros, which are exact.
    const rounding = roundings.reduce((sum, one) => sum + (one[at] ?? one.at(-1) ?? 0), 0);
    return {
      ...{ rank, int8: true, cost: cost(rank!) },
      squaredError: squaredError + rounding / squaredNorm,
    };
  });
}

/** ||F||^2 + ||E S_k||^2 of a matrix, for the ranks 1, 2, ..., `most`, as far as they are known. */
function squaredRoundings(factors: LayerFactors, channels: number, most: number): Float64Array {
  const { rows, cols, s } = factors;
  const ranks = Math.min(s.length, most);
  const [u, v] = [factors.ut(ranks), factors.vt(ranks)];
  /** The largest weight of each channel, in the columns of U so far. */
  const largest = new Float64Array(channels);
  let [kept, ofRight] = [0, 0];
  return Float64Array.from({ length: ranks }, (_, at) => {
    const square = s[at]! ** 2;
    kept += square;
    ofRight += cols * square * largestIn(v.data, at * cols, (at + 1) * cols) ** 2;
    let ofLeft = 0;
    for (let channel = 0; channel < channels; channel++) {
      const from = at * rows + (channel * rows) / channels;
      const own = largestIn(u.data, from, from + rows / channels);
      largest[channel] = Math.max(largest[channel]!, own);
      ofLeft += (rows / channels) * largest[channel]! ** 2;
    }
    return ROUNDING * (ofRight + kept * ofLeft);
  });
}

function largestIn(data: ArrayLike<number>, from: number, to: number): number {
  let largest = 0;
  for (let i = from; i < to; i++) largest = Math.max(largest, Math.abs(data[i]!));
  return largest;
}
