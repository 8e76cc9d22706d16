/** A graph that has been laid out. */

export const NODE = { width: 208, height: 60 } as const;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** The middle of each node. */
  readonly nodes: readonly Point[];
  readonly lines: readonly { readonly from: number; readonly to: number; readonly path: string }[];
}
