/** What a budget counts, and what a layer costs. */
export const units = ['parameters', 'bytes', 'macs'] as const;

export type Unit = (typeof units)[number];

/** Of a layer in one unit. */
export interface Costs {
  readonly whole: number;
  readonly ofRank: (rank: number) => number;
}
