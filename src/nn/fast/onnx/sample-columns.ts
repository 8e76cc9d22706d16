/**
 * The columns of a convolution of the samples themselves: for each output, the inputs that it reads, next to each other.
 * An index table in the graph would read samples of one or three channels number by number. Here they are framed by the
 * padding, and each row of a kernel is one run of numbers.
 */
import type { Batches } from '../../batch.ts';
import { sizeOf } from '../../model/description.ts';
import type { Convolution } from './layers/convolution.ts';
import { memoryFor, Places } from './memory.ts';
import type { Positions } from './positions.ts';
import { runLoops, SPARE } from './runs.ts';

export interface SampleColumns {
  /** Where the runs begin in the framed samples, row by row of the columns. */
  readonly starts: Int32Array;
  /** The number of elements of a run. */
  readonly length: number;
  readonly frame: Frame;
}

interface Frame {
  readonly samples: number;
  readonly height: number;
  /** The elements of a row of a sample, and of a frame around it on both sides. */
  readonly row: number;
  readonly side: number;
  /** The rows of a frame above and below. */
  readonly rows: number;
}

/** `to`: the positions of the output. */
export function sampleColumns(
  { kernel, stride, padding }: Convolution,
  [height, width, channels]: readonly [number, number, number],
  to: Positions,
): SampleColumns {
  const { samples } = to;
  const [row, side, rows] = [width * channels, padding[1] * channels, padding[0]];
  const frame = { samples, height, row, side, rows };
  const high = kernel[0];
  const empty = framedSize(frame);
  const starts = new Int32Array(to.rows * high).fill(empty);
  const line = row + 2 * side;
  for (let at = 0; at < to.rows; at++) {
    const place = to.placeIn(at);
    if (!place) continue;
    const { sample, y, x } = place;
    const top = sample * (height + 2 * rows) + y * stride[0];
    for (let i = 0; i < high; i++)
      starts[at * high + i] = (top + i) * line + x * stride[1] * channels;
  }
  return { starts, length: kernel[1] * channels, frame };
}

/** Fills the columns, which stay in one array, with the samples of a batch. */
export function columnFiller({ starts, length, frame }: SampleColumns, batches: Batches) {
  const framed = framedSize(frame);
  const elements = starts.length * length;
  const places = new Places();
  // Behind the framed samples there are the zeros of an empty row.
  const imageAt = places.next(framed + length + SPARE);
  const tableAt = places.next(starts.length);
  const valuesAt = places.next(elements + SPARE);
  const memory = memoryFor(places);
  const { join } = runLoops(memory);
  const image = new Float32Array(memory.buffer, imageAt, framed);
  const runs = starts.length;
  new Int32Array(memory.buffer, tableAt, runs).set(starts.map((start) => 4 * start));
  const samples = new Float32Array(sizeOf([frame.samples, frame.height, frame.row]));
  return {
    values: new Float32Array(memory.buffer, valuesAt, elements),
    fill: (indices: Uint32Array) => {
      batches.fill(indices, samples);
      putInFrames(samples, frame, image);
      join(valuesAt, tableAt, runs, 4 * length);
    },
  };
}

function framedSize({ samples, height, row, side, rows }: Frame): number {
  return samples * (height + 2 * rows) * (row + 2 * side);
}

/** The frames are zero from the beginning. */
function putInFrames(
  values: Float32Array,
  { samples, height, row, side, rows }: Frame,
  framed: Float32Array,
): void {
  const line = row + 2 * side;
  let from = 0;
  for (let sample = 0; sample < samples; sample++) {
    let to = (sample * (height + 2 * rows) + rows) * line + side;
    for (let y = 0; y < height; y++, to += 2 * side) {
      for (const end = to + row; to < end; ) framed[to++] = values[from++]!;
    }
  }
}
