/**
 * The adaptive average pool as a matrix.
 *
 * Cell i of `size` cells over `extent` averages positions floor(i extent / size) up to ceil((i + 1) extent / size). So
 * cells overlap if the sizes do not divide, and repeat a position if the map is smaller than the pool.
 */

/** The weight of each position in each cell, [position, cell] and transposed. */
export function cellWeights(height: number, width: number, size: number) {
  const cells = size * size;
  const positions = height * width;
  const byPosition = new Float32Array(positions * cells);
  const byCell = new Float32Array(positions * cells);
  for (let cell = 0; cell < cells; cell++) {
    const rows = cellSpan(Math.floor(cell / size), size, height);
    const columns = cellSpan(cell % size, size, width);
    const weight = 1 / ((rows.end - rows.start) * (columns.end - columns.start));
    for (let row = rows.start; row < rows.end; row++) {
      for (let column = columns.start; column < columns.end; column++) {
        const position = row * width + column;
        byPosition[position * cells + cell] = weight;
        byCell[cell * positions + position] = weight;
      }
    }
  }
  return { byPosition, byCell };
}

function cellSpan(index: number, size: number, extent: number) {
  const start = Math.floor((index * extent) / size);
  return { start, end: Math.ceil(((index + 1) * extent) / size) };
}
