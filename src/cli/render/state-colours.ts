/** The states of a plan have the same colours in every command. */
import type { DecisionWords } from '../../runner/index.ts';
import type { Colour } from './text.ts';

export const STATE_COLOURS: Readonly<Record<DecisionWords, Colour>> = {
  'will run': 'yellow',
  'may run': 'cyan',
  'up to date': 'green',
};
