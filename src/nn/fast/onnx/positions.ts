/**
 * The rows of a map in a graph. A map is a matrix: each row is a position of a sample, each column a channel. The order
 * of the rows is free, because convolutions and pools read them by index tables.
 *
 * With `window` 1 the positions are in order: sample by sample, row by row. Before a max-pool of non-overlapping windows
 * they are in blocks by their place in the window, so that the pool is a maximum of a few matrices, each of which has the
 * pooled positions in order. Positions outside of all windows are left out.
 *
 * The last rows of each block are empty: they are no positions. The last of all is what a window reads outside of the
 * map. In large maps they make the rows divisible into equal parts, which are added up one by one: a float32 sum of as
 * many terms as rows would lose digits.
 */
export class Positions {
  readonly samples: number;
  readonly height: number;
  readonly width: number;
  readonly window: number;
  readonly rows: number;
  /** A divisor of the number of rows. */
  readonly parts: number;
  /** The empty rows. */
  readonly empty: readonly number[];
  /** The row of each position, or -1 if it is left out. */
  readonly rowOf: Int32Array;
  /** The position in each row, or -1 if it is empty. */
  readonly positionIn: Int32Array;

  constructor(samples: number, height: number, width: number, window = 1) {
    this.samples = samples;
    this.height = height;
    this.width = width;
    this.window = window;
    const windows = samples * Math.floor(height / window) * Math.floor(width / window);
    const blocks = window * window;
    const partsOfBlock = windows < MANY_ROWS ? 1 : PARTS;
    const rowsOfBlock = partsOfBlock * Math.ceil((windows + 1) / partsOfBlock);
    this.rows = blocks * rowsOfBlock;
    this.parts = blocks * partsOfBlock;
    this.rowOf = new Int32Array(samples * height * width).fill(-1);
    this.positionIn = new Int32Array(this.rows).fill(-1);
    const empty: number[] = [];
    for (let block = 0; block < blocks; block++) {
      let row = block * rowsOfBlock;
      const [top, left] = [Math.floor(block / window), block % window];
      for (let sample = 0; sample < samples; sample++) {
        for (let y = top; y - top + window <= height; y += window) {
          for (let x = left; x - left + window <= width; x += window, row++) {
            const position = (sample * height + y) * width + x;
            this.rowOf[position] = row;
            this.positionIn[row] = position;
          }
        }
      }
      for (; row < (block + 1) * rowsOfBlock; row++) empty.push(row);
    }
    this.empty = empty;
  }

  /** The place of the position in a row; undefined if the row is empty. */
  placeIn(
    row: number,
  ): { readonly sample: number; readonly y: number; readonly x: number } | undefined {
    const position = this.positionIn[row]!;
    if (position < 0) return undefined;
    const line = Math.trunc(position / this.width);
    const sample = Math.trunc(line / this.height);
    return { sample, y: line - sample * this.height, x: position - line * this.width };
  }

  equals({ samples, height, width, window }: Positions): boolean {
    return (
      this.samples === samples &&
      this.height === height &&
      this.width === width &&
      this.window === window
    );
  }
}

/** From so many windows on, a few more rows do not matter. */
const MANY_ROWS = 1024;
const PARTS = 16;

/** Along one axis: for each coordinate of the reading map and each tap, the coordinate that is read; -1 outside. */
export type Reach = Int32Array;

interface Axis {
  /** The extent of the map that reads, and of the map that is read. */
  readonly extent: number;
  readonly source: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/** What the outputs of a convolution or pool read from its input. */
export function inputsOf({ extent, source, kernel, stride, padding }: Axis): Reach {
  return reach(extent, kernel, (at, tap) => {
    const read = at * stride + tap - padding;
    return read < source ? read : -1;
  });
}

/** The other way: the outputs that read an input. `extent` is that of the input, `source` that of the output. */
export function outputsOf({ extent, source, kernel, stride, padding }: Axis): Reach {
  return reach(extent, kernel, (at, tap) => {
    const start = at + padding - tap;
    return start % stride === 0 && start / stride < source ? start / stride : -1;
  });
}

function reach(extent: number, taps: number, read: (at: number, tap: number) => number): Reach {
  return Int32Array.from({ length: extent * taps }, (_, i) =>
    Math.max(-1, read(Math.floor(i / taps), i % taps)),
  );
}

/** For each row of `to` and each tap, row by row of the kernel: the row of `from` that it reads. */
export function readRows(
  to: Positions,
  from: Positions,
  [vertical, horizontal]: readonly [Reach, Reach],
): Int32Array {
  const [high, wide] = [vertical.length / to.height, horizontal.length / to.width];
  const table = new Int32Array(to.rows * high * wide).fill(from.rows - 1);
  for (let row = 0; row < to.rows; row++) {
    const place = to.placeIn(row);
    if (!place) continue;
    const { sample, y, x } = place;
    for (let i = 0; i < high; i++) {
      const above = vertical[y * high + i]!;
      if (above < 0) continue;
      const start = (sample * from.height + above) * from.width;
      for (let j = 0; j < wide; j++) {
        const beside = horizontal[x * wide + j]!;
        const read = beside < 0 ? -1 : from.rowOf[start + beside]!;
        if (read >= 0) table[(row * high + i) * wide + j] = read;
      }
    }
  }
  return table;
}

/** For each row of `to`, the row of `from` with the same position. */
export function sameRows(to: Positions, from: Positions): Int32Array {
  return to.positionIn.map((position) => {
    const row = position < 0 ? -1 : from.rowOf[position]!;
    return row < 0 ? from.rows - 1 : row;
  });
}
