/** The units of budgets, and the costs of layers in them. */
export const units = ['parameters', 'bytes', 'macs', 'milliseconds'] as const;

export type Unit = (typeof units)[number];

/** For readers. */
export const unitNames = {
  parameters: 'parameters',
  bytes: 'bytes',
  macs: 'MACs',
  milliseconds: 'milliseconds',
} as const;

/** Of a layer in one unit. */
export interface Costs {
  readonly whole: number;
  readonly ofRank: (rank: number) => number;
}

/** A layer as far as its times are known by it. */
export interface TimedLayer {
  readonly name: string;
  readonly kind: 'dense' | 'convolution';
  readonly rows: number;
  readonly cols: number;
}

/** Measured beforehand. */
export interface LayerTimes {
  costsOf(layer: TimedLayer): Costs;
}
