/** The units of budgets, and the costs of layers in them. */
export const units = ['parameters', 'bytes', 'macs'] as const;

export type Unit = (typeof units)[number];

/** For readers. */
export const unitNames = { parameters: 'parameters', bytes: 'bytes', macs: 'MACs' } as const;

/** Of a layer in one unit. */
export interface Costs {
  readonly whole: number;
  readonly ofRank: (rank: number) => number;
}
