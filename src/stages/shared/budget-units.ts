/** What a budget counts. */
export const units = ['parameters', 'bytes', 'macs'] as const;

export type Unit = (typeof units)[number];
