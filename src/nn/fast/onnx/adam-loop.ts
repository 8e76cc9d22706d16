/** Adam on the arrays of an arena, in place, by the loop that is also used in the memory of the wasm backend. */
import { beta1, beta2, scalarsOf } from '../../training/adam-state.ts';
import { simdModules } from '../wasm/simd-module.ts';
import type { Arena } from './arena.ts';

export interface AdamOptions {
  /** Of the learning rate, in the order of the slots. */
  readonly multipliers: readonly number[];
  readonly weightDecay: number;
}

/** Does step number `step`, counted from 1. */
export type AdamLoop = (step: number, learningRate: number) => void;

type Loop = (...words: readonly number[]) => void;

export function adamLoop(
  { memory, slots }: Arena,
  { multipliers, weightDecay }: AdamOptions,
): AdamLoop {
  const module = new WebAssembly.Module(Buffer.from(simdModules.single, 'base64'));
  const { exports } = new WebAssembly.Instance(module, { backend: { memory } });
  const adam = exports.adam as Loop;
  const betas = [beta1, 1 - beta1, beta2, 1 - beta2] as const;
  return (step, learningRate) => {
    slots.forEach(({ addresses, length }, index) => {
      const { rate, epsilon } = scalarsOf(step, learningRate * multipliers[index]!);
      const { weights, gradients, first, second } = addresses;
      // The new weights take the place of the old ones.
      const places = [weights, weights, gradients, first, second] as const;
      adam(length, ...places, rate, epsilon, weightDecay, ...betas);
    });
  };
}
