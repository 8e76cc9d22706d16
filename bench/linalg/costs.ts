/** The parts of the program and of this folder that `costs.mjs` uses. */
import { tmpdir } from 'node:os';
import { describeMachine as describe } from '../engine/machine.ts';

export { methodFacts } from '../../src/linalg/methods/names.ts';
export { knownOptimum } from './layer.ts';

export function describeMachine(): ReturnType<typeof describe> {
  return describe(tmpdir());
}
