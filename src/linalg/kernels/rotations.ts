/**
 * Many plane rotations of neighbouring rows in WebAssembly (`rotations.wat`). Rotations are collected, then applied
 * together to one stripe of eight columns after the other, which stays in the cache.
 */
import type { Matrix64 } from '../matrix.ts';
import { rotationsModule } from './rotations-module.ts';

/**
 * Rotates the rows of a matrix in place, in upward sweeps. The rows are valid only after `finish`, which must come
 * last. (It is a class so that all matrices call the same functions, compiled once.)
 */
export class RowRotations {
  private readonly rows: number;
  private readonly stripes: Float64Array;
  private readonly workshop: Workshop;
  private readonly pairs: Float64Array;
  private readonly sweeps: { readonly bottom: number; readonly from: number }[] = [];
  private count = 0;
  private readonly matrix: Matrix64;

  constructor(matrix: Matrix64) {
    this.matrix = matrix;
    this.rows = matrix.rows;
    this.stripes = stripesOf(matrix);
    this.workshop = workshopFor(matrix.rows);
    this.pairs = this.workshop.pairs;
  }

  /** The next rotation is of rows `bottom` - 1 and `bottom`. Each following one is of the pair one row higher. */
  sweepFrom(bottom: number): void {
    // A sweep has fewer rotations than there are rows.
    if (this.count + this.rows > this.pairs.length / 2) this.apply();
    this.sweeps.push({ bottom, from: this.count });
  }

  /** Upper row u and lower row v become c u - s v and s u + c v. */
  turn(c: number, s: number): void {
    this.pairs[2 * this.count] = c;
    this.pairs[2 * this.count + 1] = s;
    this.count++;
  }

  /** Applies the collected rotations. */
  finish(): void {
    this.apply();
    putBack(this.stripes, this.matrix);
  }

  private apply(): void {
    const { stripes, sweeps, pairs, count } = this;
    const { stripe, turnRows } = this.workshop;
    const length = this.rows * COLUMNS;
    for (let at = 0; at < stripes.length; at += length) {
      stripe.set(stripes.subarray(at, at + length));
      sweeps.forEach(({ bottom, from }, t) => {
        const end = sweeps[t + 1]?.from ?? count;
        turnRows(stripe.byteOffset, bottom, pairs.byteOffset + from * BYTES, end - from);
      });
      stripes.set(stripe.subarray(0, length), at);
    }
    sweeps.length = 0;
    this.count = 0;
  }
}

/** One stripe after the other. The last is padded with zeros. */
function stripesOf({ rows, cols, data }: Matrix64): Float64Array {
  const stripes = new Float64Array(Math.ceil(cols / COLUMNS) * rows * COLUMNS);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) stripes[placeOf(i, j, rows)] = data[i * cols + j]!;
  }
  return stripes;
}

function putBack(stripes: Float64Array, { rows, cols, data }: Matrix64): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) data[i * cols + j] = stripes[placeOf(i, j, rows)]!;
  }
}

function placeOf(i: number, j: number, rows: number): number {
  return (j - (j % COLUMNS)) * rows + i * COLUMNS + (j % COLUMNS);
}

const COLUMNS = 8;
/** The size of one rotation. */
const BYTES = 16;
const PAGE = 2 ** 16;
/** Collected rotations, unless one sweep needs more room. With this many, the cost of copying stripes is small. */
const MOST = 2 ** 15;
/** Rows that have room from the start. */
const USUAL = 1024;

interface Workshop {
  readonly pairs: Float64Array;
  readonly stripe: Float64Array;
  turnRows(stripe: number, bottom: number, pairs: number, count: number): void;
}

let made: Workshop | undefined;

/** One per thread. A caller finishes with it before the next one starts. */
function workshopFor(rows: number): Workshop {
  const most = Math.max(MOST, rows);
  const enough = made && made.stripe.length >= rows * COLUMNS && made.pairs.length >= 2 * most;
  if (!enough) made = makeWorkshop(most, Math.max(rows, USUAL));
  return made!;
}

function makeWorkshop(most: number, rows: number): Workshop {
  const bytes = most * BYTES + rows * COLUMNS * 8;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  const module = new WebAssembly.Module(Buffer.from(rotationsModule, 'base64'));
  const { exports } = new WebAssembly.Instance(module, { rotations: { memory } });
  return {
    pairs: new Float64Array(memory.buffer, 0, 2 * most),
    stripe: new Float64Array(memory.buffer, most * BYTES, rows * COLUMNS),
    turnRows: exports.turnRows as Workshop['turnRows'],
  };
}
