/**
 * The facts about each compression method that need no computation: its name in a configuration, its label in figures,
 * its rules for ranks. `index.ts` has the implementations.
 */
import type { Rounding } from '../rank.ts';

export interface MethodFacts {
  /** The name in a configuration. */
  readonly name: string;
  /** The name in figures. */
  readonly label: string;
  readonly family: 'svd' | 'cur' | 'int8';
  /** How the rank for a rate is rounded. */
  readonly rounding: Exclude<Rounding, 'floor'>;
  /** What happens to the layer that gives the classes: it is left unchanged, or factored at its full rank. */
  readonly lastLayer: 'keep' | 'factor';
  /** Whether the result depends on the random stream. If not, one seed is enough. */
  readonly random: boolean;
  /** The name of its random stream, if that is not `name`. A renamed method keeps its draws. */
  readonly stream?: string;
  /** The supported ways to select from the layer. The first is the default. */
  readonly forms: readonly Form[];
  /** Whether the core between columns and rows is part of the method instead of an option. */
  readonly ownCore?: true;
  /** Whether it uses the inputs or outputs of the layer. */
  readonly needsStatistics?: true;
}

/**
 * `columns`: C (C^+ A); `rows`: (A R^+) R; `cur`: C (U R), two factors; `cur-three`: C, U and R; `interpolative`: as
 * `columns`, but the identity in C^+ A is not stored.
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

/** Old name -> current name. */
export const renamedMethods = {
  'svd-seed': 'svd-published',
  'cur-seed': 'cur-published',
} as const satisfies Readonly<Record<string, MethodName>>;
