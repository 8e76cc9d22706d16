/** Adam on the arrays of an arena, in place, by the loop that is also used in the memory of the wasm backend. */
import { beta1, beta2, scalarsOf } from '../../training/adam-state.ts';
import { simdModules } from '../wasm/simd-module.ts';
import { type Arena, PIECE, type Slot } from './arena.ts';
import { runLoops } from './runs.ts';

export interface AdamOptions {
  /** Of the learning rate, in the order of the slots. */
  readonly multipliers: readonly number[];
  readonly weightDecay: number;
}

/** Does step number `step`, counted from 1. */
export type AdamLoop = (step: number, learningRate: number) => void;

type Loop = (...words: readonly number[]) => void;

/** The weights of the arena must have their values: their sums are made here. */
export function adamLoop(
  { memory, slots, piece }: Arena,
  { multipliers, weightDecay }: AdamOptions,
): AdamLoop {
  const module = new WebAssembly.Module(Buffer.from(simdModules.single, 'base64'));
  const { exports } = new WebAssembly.Instance(module, { backend: { memory } });
  const adam = exports.adam as Loop;
  const runs = runLoops(memory);
  const betas = [beta1, 1 - beta1, beta2, 1 - beta2] as const;

  /** Of `count` weights from number `from` on. Their new values take the place of the old ones. */
  const update = (
    { addresses: { weights, first, second } }: Slot,
    { from, count }: { readonly from: number; readonly count: number },
    gradients: number,
    { rate, epsilon }: ReturnType<typeof scalarsOf>,
  ) => {
    const at = 4 * from;
    const places = [weights + at, weights + at, gradients, first + at, second + at] as const;
    adam(16 * Math.ceil(count / 4), ...places, rate, epsilon, weightDecay, ...betas);
  };
  for (const { addresses, sums, copies } of slots) {
    if (copies > 1) runs.sum(addresses.sums, addresses.weights, sums.length, 4 * copies);
  }
  return (step, learningRate) => {
    slots.forEach((slot, index) => {
      const { addresses, copies, sums } = slot;
      const scalars = scalarsOf(step, learningRate * multipliers[index]!);
      if (copies === 1) {
        update(slot, { from: 0, count: sums.length }, addresses.gradients, scalars);
        return;
      }
      for (let from = 0; from < sums.length; from += PIECE) {
        const count = Math.min(PIECE, sums.length - from);
        const [begin, length] = [from * copies, 4 * copies];
        runs.fill(piece, addresses.gradients + 4 * from, count, length);
        update(slot, { from: begin, count: count * copies }, piece, scalars);
        runs.sum(addresses.sums + 4 * from, addresses.weights + 4 * begin, count, length);
      }
    });
  };
}
