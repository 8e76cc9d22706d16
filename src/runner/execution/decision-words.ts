/** The state of a stage in a plan, in the words of every command. */
import type { Decision } from './decide.ts';

const WORDS = { hit: 'up to date', run: 'will run', pending: 'may run' } as const;

export type DecisionWords = (typeof WORDS)[Decision['kind']];

export function wordsFor({ kind }: Pick<Decision, 'kind'>): DecisionWords {
  return WORDS[kind];
}
