/** A dense real matrix, row-major: element (i, j) is `data[i * cols + j]`. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array | Float64Array;
}

export function zeros(rows: number, cols: number): Matrix & { readonly data: Float64Array } {
  return { rows, cols, data: new Float64Array(rows * cols) };
}
