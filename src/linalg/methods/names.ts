/**
 * The facts of each compression method that need no computation: the name in a configuration, the label
 * in figures, the rules for ranks. `index.ts` has the methods themselves.
 */
import type { Rounding } from '../rank.ts';

export interface MethodFacts {
  /** As users write it in a configuration. */
  readonly name: string;
  /** As figures show it. */
  readonly label: string;
  readonly family: 'svd' | 'cur';
  /** How the rank for a rate is rounded. */
  readonly rounding: Exclude<Rounding, 'floor'>;
  /** What is done to the layer that gives the classes: kept whole, or factored at its full rank. */
  readonly lastLayer: 'keep' | 'factor';
  /** Whether the result depends on the random stream. If not, one seed is enough. */
  readonly random: boolean;
  /** Names its random stream, if that is not `name`: a method that is renamed draws as before. */
  readonly stream?: string;
  /** What of the layer can be kept; the first unless another is asked for. */
  readonly forms: readonly Form[];
  /** Whether the core between columns and rows is part of the method, and no option. */
  readonly ownCore?: true;
  /** Whether it looks at what the layer receives. */
  readonly needsStatistics?: true;
}

/**
 * `columns`: C (C^+ A); `rows`: (A R^+) R; `cur`: C (U R), two factors; `cur-three`: C, U and R;
 * `interpolative`: as `columns`, the identity within C^+ A not stored.
 */
export const forms = ['columns', 'rows', 'cur', 'cur-three', 'interpolative'] as const;
export type Form = (typeof forms)[number];

const svd = {
  family: 'svd',
  rounding: 'ceil',
  lastLayer: 'keep',
  random: false,
  forms: [],
} as const;

const drawn = {
  family: 'cur',
  rounding: 'round',
  lastLayer: 'keep',
  random: true,
  forms,
} as const;

const chosen = { ...drawn, random: false } as const;
const weighed = { ...chosen, forms: ['columns', 'interpolative'], needsStatistics: true } as const;

export const methodFacts = [
  { ...svd, name: 'svd', label: 'SVD' },
  {
    ...drawn,
    name: 'cur-lineartime',
    label: 'LinearTimeCUR',
    forms: ['cur', 'cur-three'],
    ownCore: true,
  },
  { ...drawn, name: 'cur-leverage', label: 'LeverageScoreCUR', forms: ['cur', 'cur-three'] },
  {
    ...drawn,
    name: 'cur-published',
    label: 'CUR (published)',
    forms: ['columns'],
    stream: 'cur-seed',
  },
  { ...drawn, name: 'cur-uniform', label: 'CUR, uniform' },
  { ...drawn, name: 'cur-norm', label: 'CUR, norms with replacement', forms: ['columns', 'cur'] },
  { ...drawn, name: 'cur-norm-distinct', label: 'CUR, norms' },
  { ...drawn, name: 'cur-leverage-exact', label: 'CUR, leverage' },
  { ...drawn, name: 'cur-id', label: 'CUR, sketched QR' },
  { ...drawn, name: 'cur-adaptive', label: 'CUR, adaptive' },
  { ...chosen, name: 'cur-top-leverage', label: 'CUR, top leverage' },
  { ...chosen, name: 'cur-deim', label: 'CUR, DEIM' },
  { ...chosen, name: 'cur-qdeim', label: 'CUR, Q-DEIM' },
  { ...chosen, name: 'cur-qr', label: 'CUR, pivoted QR' },
  { ...weighed, name: 'cur-activation', label: 'CUR, activations' },
  { ...svd, name: 'svd-balanced', label: 'SVD, balanced' },
  { ...svd, name: 'svd-output', label: 'SVD of outputs', needsStatistics: true },
  { ...svd, name: 'svd-activation', label: 'SVD, activations', needsStatistics: true },
  { ...svd, name: 'svd-published', label: 'SVD (published)', lastLayer: 'factor' },
] as const satisfies readonly MethodFacts[];

export type MethodName = (typeof methodFacts)[number]['name'];

export const methodNames: readonly MethodName[] = methodFacts.map(({ name }) => name);

/** Old name -> the name of today. */
export const renamedMethods = {
  'svd-seed': 'svd-published',
  'cur-seed': 'cur-published',
} as const satisfies Readonly<Record<string, MethodName>>;
