/**
 * Max-pooling: the elementwise maximum of one matrix for each place in the window. The first of equal values, row by row,
 * gets the gradient.
 *
 * If the rows of the map are in blocks by their place in the window, the matrices are these blocks. Otherwise they are
 * read by tables of row numbers, and a position can be in several windows.
 */
import type { OnnxGraphBuilder, Value } from '../../../../onnx/graph-builder.ts';
import type { Layer } from '../../../model/description.ts';
import { inputsOf, outputsOf, Positions, readRows } from '../positions.ts';
import type { Building, Built, MapActivation } from './building.ts';
import { where } from './pointwise.ts';
import { gathered } from './rows.ts';

export type MaxPool = Extract<Layer, { readonly kind: 'max-pool' }>;

export function maxPool(
  building: Building,
  pool: MaxPool,
  input: MapActivation,
): Built<MapActivation> {
  const { graph } = building;
  const { positions, columns, zeroed } = input;
  const { size, stride } = pool;
  const windows = (extent: number) => Math.floor((extent - size) / stride) + 1;
  const { samples, height, width } = positions;
  const pooled = new Positions(samples, windows(height), windows(width));
  const inBlocks = positions.window > 1 && positions.window === size && size === stride;
  const { parts, join } = (inBlocks ? blocks : tables)(graph, pool, input, pooled);
  const { largest, route } = tournament(graph, parts);
  const output: MapActivation = { value: largest, columns, positions: pooled, zeroed };
  return {
    output,
    backward: (error, inputGradient) => {
      if (!inputGradient) return error;
      const gradient = join(route(error));
      building.sameSums(gradient, error, output);
      return gradient;
    },
  };
}

/** A matrix for each place, and how their gradients become that of the map. */
interface Places {
  readonly parts: readonly Value[];
  join(errors: readonly Value[]): Value;
}

function blocks(graph: OnnxGraphBuilder, { size }: MaxPool, { value }: MapActivation): Places {
  const places = size * size;
  return {
    parts: graph.addMany('Split', [value], places, { axis: 0, num_outputs: places }),
    join: (errors) => graph.add('Concat', errors, { axis: 0 }),
  };
}

function tables(
  graph: OnnxGraphBuilder,
  { size, stride }: MaxPool,
  { value, columns, positions }: MapActivation,
  pooled: Positions,
): Places {
  const places = size * size;
  const window = { kernel: size, stride, padding: 0 };
  const read = readRows(pooled, positions, [
    inputsOf({ extent: pooled.height, source: positions.height, ...window }),
    inputsOf({ extent: pooled.width, source: positions.width, ...window }),
  ]);
  const every = (table: Int32Array, step: number, first: number) =>
    Int32Array.from({ length: table.length / step }, (_, row) => table[row * step + first]!);
  return {
    parts: Array.from({ length: places }, (_, place) =>
      gathered(graph, value, every(read, places, place), columns),
    ),
    join: (errors) => {
      const all = graph.add('Concat', errors, { axis: 0 });
      const readers = readersOf(positions, pooled, window);
      const most = readers.length / positions.rows;
      const shares = Array.from({ length: most }, (_, share) =>
        gathered(graph, all, every(readers, most, share), columns),
      );
      return shares.reduce((sum, share) => graph.add('Add', [sum, share]));
    },
  };
}

/**
 * For each row of the map, the rows that read it in one matrix after the other, for each place in the window. As many for
 * each row as the most have: an empty row fills up.
 */
function readersOf(
  positions: Positions,
  pooled: Positions,
  window: { readonly kernel: number; readonly stride: number; readonly padding: number },
): Int32Array {
  const places = window.kernel ** 2;
  const table = readRows(positions, pooled, [
    outputsOf({ extent: positions.height, source: pooled.height, ...window }),
    outputsOf({ extent: positions.width, source: pooled.width, ...window }),
  ]);
  const empty = pooled.rows - 1;
  const most = Math.ceil(window.kernel / window.stride) ** 2;
  const readers = new Int32Array(positions.rows * most).fill(empty);
  for (let row = 0; row < positions.rows; row++) {
    let found = 0;
    for (let place = 0; place < places; place++) {
      const reader = table[row * places + place]!;
      if (reader !== empty) readers[row * most + found++] = place * pooled.rows + reader;
    }
  }
  return readers;
}

interface Tournament {
  readonly largest: Value;
  /** The gradient of each matrix from that of the maximum. */
  route(error: Value): readonly Value[];
}

/** All matrices on the left come before those on the right, so a tie goes to the left. */
function tournament(graph: OnnxGraphBuilder, parts: readonly Value[]): Tournament {
  if (parts.length === 1) return { largest: parts[0]!, route: (error) => [error] };
  const middle = parts.length >> 1;
  const left = tournament(graph, parts.slice(0, middle));
  const right = tournament(graph, parts.slice(middle));
  return {
    largest: graph.add('Max', [left.largest, right.largest]),
    route: (error) => {
      const wins = graph.add('GreaterOrEqual', [left.largest, right.largest]);
      const ofLeft = where(graph, wins, error);
      const ofRight = graph.add('Sub', [error, ofLeft]);
      return [...left.route(ofLeft), ...right.route(ofRight)];
    },
  };
}
