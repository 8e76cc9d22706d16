const TILE = 64;

/** The transpose of a rows x cols matrix, tile by tile: entry by entry, most accesses would miss the cache. */
export function transposed(values: Float32Array, rows: number, cols: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let top = 0; top < rows; top += TILE) {
    const bottom = Math.min(top + TILE, rows);
    for (let left = 0; left < cols; left += TILE) {
      const right = Math.min(left + TILE, cols);
      for (let j = left; j < right; j++) {
        for (let i = top; i < bottom; i++) turned[j * rows + i] = values[i * cols + j]!;
      }
    }
  }
  return turned;
}
