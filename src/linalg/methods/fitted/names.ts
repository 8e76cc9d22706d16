/** The facts about the methods that use second moments of the inputs. `index.ts` has the implementations. */
import { type MethodFacts, methodFacts } from '../names.ts';

const ownFacts = [
  {
    name: 'svd-whitened',
    label: 'SVD, whitened',
    family: 'svd',
    rounding: 'ceil',
    lastLayer: 'keep',
    random: false,
    forms: [],
  },
  {
    name: 'cur-whitened',
    label: 'CUR, whitened',
    family: 'cur',
    rounding: 'round',
    lastLayer: 'keep',
    random: false,
    forms: ['rows', 'columns', 'interpolative'],
  },
] as const satisfies readonly MethodFacts[];

/** Methods that use statistics of the inputs also take these from the moments. */
const sharedFacts = methodFacts.filter((facts) => 'needsStatistics' in facts);

export const fittedFacts: readonly MethodFacts[] = [...ownFacts, ...sharedFacts];

type Shared = Extract<(typeof methodFacts)[number], { readonly needsStatistics: true }>;

export type FittedMethodName = (typeof ownFacts)[number]['name'] | Shared['name'];

export const fittedMethodNames = [...ownFacts, ...sharedFacts].map(
  ({ name }) => name as FittedMethodName,
);
