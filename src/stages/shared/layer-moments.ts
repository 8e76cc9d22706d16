/** The moments of a stream of batches: all that a source of inputs needs to provide. */
import type { Matrix } from '../../linalg/matrix.ts';
import { MomentSum, type SecondMoments } from '../../linalg/moments/second-moments.ts';

/** `inputs`: the length of a row. There is at least one row. */
export async function momentsOf(
  inputs: number,
  batches: AsyncIterable<Matrix>,
): Promise<SecondMoments> {
  const sum = new MomentSum(inputs);
  for await (const batch of batches) sum.add(batch);
  return sum.moments();
}

/**
 * Rows [x, x'] from two streams with the same rows, batch by batch. Both are read in turn, and a batch is copied before
 * the next one is read.
 */
export async function* pairedBatches(
  first: AsyncIterable<Matrix>,
  second: AsyncIterable<Matrix>,
): AsyncGenerator<Matrix> {
  const others = second[Symbol.asyncIterator]();
  for await (const a of first) {
    const { rows, cols } = a;
    const both = { rows, cols: 2 * cols, data: new Float32Array(2 * rows * cols) };
    putRows(both, a, 0);
    const next = await others.next();
    if (next.done || next.value.rows !== rows || next.value.cols !== cols) {
      throw new RangeError('two streams of inputs have other batches');
    }
    putRows(both, next.value, cols);
    yield both;
  }
  // Ends the other one as well, which can throw.
  if (!(await others.next()).done) throw new RangeError('two streams of inputs have other batches');
}

function putRows(into: Matrix, { rows, cols, data }: Matrix, column: number): void {
  for (let i = 0; i < rows; i++) {
    into.data.set(data.subarray(i * cols, (i + 1) * cols), i * into.cols + column);
  }
}
