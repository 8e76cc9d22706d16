/**
 * Products of large matrices on ONNX Runtime. Operands are not copied, whatever their size, and no transposed copy of a
 * large one is made.
 */
import { type Matrix, symmetrized } from '../../../linalg/matrix.ts';
import { type Products, transposed } from '../../../linalg/products.ts';
import { multiply, type Stored, shapeOf, transposeOf } from './multiply.ts';
import { tensor } from './session.ts';

export function onnxProducts(): Products<Stored> {
  return {
    roundoff: 2 ** -24,
    upload: (a) => {
      const data = a.data instanceof Float32Array ? a.data : new Float32Array(a.data);
      return storedAs({ ...a, data }, false);
    },
    download: matrixOf,
    times: multiply,
    timesTransposed: (x, a) => multiply(x, transposeOf(a)),
    minus,
    stack,
    timesStack,
    gram: (x) => symmetrized(matrixOf(multiply(x, transposeOf(x)))),
    // The memory is garbage then, even if a variable still has the handle.
    dispose: (x) => {
      x.tensor = tensor(new Float32Array(0), [0, 0]);
    },
  };
}

function matrixOf({ tensor: { dims, data }, turned }: Stored): Matrix {
  const [rows, cols] = dims as readonly [number, number];
  const matrix = { rows, cols, data };
  return turned ? transposed(matrix) : matrix;
}

/** The elements in the order of `x` or of its transpose. */
function laidOut(x: Stored, turned: boolean): Matrix {
  return matrixOf(turned ? transposeOf(x) : x);
}

function storedAs({ rows, cols, data }: Matrix, turned: boolean): Stored {
  return { tensor: tensor(data as Float32Array, [rows, cols]), turned };
}

function minus(x: Stored, y: Stored): Stored {
  const { turned } = x;
  const [from, subtracted] = [laidOut(x, turned), laidOut(y, turned)];
  const data = new Float32Array(from.data.length);
  for (let i = 0; i < data.length; i++) data[i] = from.data[i]! - subtracted.data[i]!;
  return storedAs({ ...from, data }, turned);
}

function stack(parts: readonly Stored[]): Stored {
  const { turned } = parts[0]!;
  const blocks = parts.map((part) => laidOut(part, turned));
  return storedAs(turned ? sideBySide(blocks) : below(blocks), turned);
}

/**
 * Of transposes, a part of the columns at a time: a stack of long rows can take as much memory as they do. The bytes are
 * those of one product, because each part has more columns than the result has rows (`multiply.ts`).
 */
function timesStack(x: Stored, parts: readonly Stored[]): Stored {
  const [rows] = shapeOf(x);
  const [, columns] = shapeOf(parts[0]!);
  const count = Math.floor(columns / Math.max(LEAST_COLUMNS, 2 * rows));
  if (count < 2 || !parts.every(({ turned }) => turned)) return multiply(x, stack(parts));
  const data = new Float32Array(rows * columns);
  for (let i = 0; i < count; i++) {
    const [from, to] = [i, i + 1].map((at) => Math.floor((at * columns) / count)) as [
      number,
      number,
    ];
    const product = multiply(x, stack(parts.map((part) => columnsOf(part, from, to))));
    data.set(product.tensor.data, from * rows);
  }
  return storedAs({ rows: columns, cols: rows, data }, true);
}

const LEAST_COLUMNS = 1024;

/** Of a transpose, without a copy. */
function columnsOf({ tensor: { dims, data } }: Stored, from: number, to: number): Stored {
  const rows = dims[1]!;
  return storedAs(
    { rows: to - from, cols: rows, data: data.subarray(from * rows, to * rows) },
    true,
  );
}

function below(blocks: readonly Matrix[]): Matrix {
  const rows = blocks.reduce((count, block) => count + block.rows, 0);
  const { cols } = blocks[0]!;
  const data = new Float32Array(rows * cols);
  let at = 0;
  for (const block of blocks) {
    data.set(block.data, at);
    at += block.data.length;
  }
  return { rows, cols, data };
}

function sideBySide(blocks: readonly Matrix[]): Matrix {
  const { rows } = blocks[0]!;
  const cols = blocks.reduce((count, block) => count + block.cols, 0);
  const data = new Float32Array(rows * cols);
  let at = 0;
  for (const block of blocks) {
    for (let row = 0; row < rows; row++) {
      const from = row * block.cols;
      data.set(block.data.subarray(from, from + block.cols), row * cols + at);
    }
    at += block.cols;
  }
  return { rows, cols, data };
}
