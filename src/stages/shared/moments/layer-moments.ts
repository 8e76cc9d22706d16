/** The moments of a stream of batches: all that a source of inputs needs to provide. */
import type { Matrix } from '../../../linalg/matrix.ts';
import { MomentSum, type SecondMoments } from '../../../linalg/moments/second-moments.ts';

/** `inputs`: the length of a row. There is at least one row. */
export async function momentsOf(
  inputs: number,
  batches: AsyncIterable<Matrix>,
): Promise<SecondMoments> {
  const sum = new MomentSum(inputs);
  for await (const batch of batches) sum.add(batch);
  return sum.moments();
}

/** Whether two streams have the same rows, bit for bit. Ends at the first difference. */
export async function sameBatches(
  first: AsyncIterable<Matrix>,
  second: AsyncIterable<Matrix>,
): Promise<boolean> {
  for await (const { data, cols } of pairedBatches(first, second)) {
    const n = cols / 2;
    for (let from = 0; from < data.length; from += cols) {
      for (let j = 0; j < n; j++) if (data[from + j] !== data[from + n + j]) return false;
    }
  }
  return true;
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
  try {
    for await (const a of first) {
      const { rows, cols } = a;
      const both = { rows, cols: 2 * cols, data: new Float32Array(2 * rows * cols) };
      putRows(both, a, 0);
      const next = await others.next();
      if (next.done || next.value.rows !== rows || next.value.cols !== cols) throw otherBatches();
      putRows(both, next.value, cols);
      yield both;
    }
    // Its checks come after its last batch.
    if (!(await others.next()).done) throw otherBatches();
  } finally {
    // It holds memory of the backend.
    await others.return?.();
  }
}

function otherBatches(): RangeError {
  return new RangeError('two streams of inputs of one layer have other batches');
}

function putRows(into: Matrix, { rows, cols, data }: Matrix, column: number): void {
  for (let i = 0; i < rows; i++) {
    into.data.set(data.subarray(i * cols, (i + 1) * cols), i * into.cols + column);
  }
}
