/** Adam on the arrays of arenas, in place, by the loop that is also used in the memory of the wasm backend. */
import { beta1, beta2, scalarsOf } from '../../training/adam-state.ts';
import { instantiate } from '../instantiate.ts';
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

interface Loop {
  adam(...words: readonly number[]): void;
}

type Scalars = ReturnType<typeof scalarsOf>;

/** The weights of the arenas must have their values: their sums are made here. */
export function adamLoop(
  arenas: readonly Arena[],
  { multipliers, weightDecay }: AdamOptions,
): AdamLoop {
  const updates = arenas.flatMap((arena) => updatesIn(arena, weightDecay));
  return (step, learningRate) => {
    updates.forEach((update, index) => {
      update(scalarsOf(step, learningRate * multipliers[index]!));
    });
  };
}

/** The update of each weight of an arena. */
function updatesIn(
  { memory, slots, piece }: Arena,
  weightDecay: number,
): readonly ((scalars: Scalars) => void)[] {
  const { adam } = instantiate<Loop>(simdModules.single, { backend: { memory } });
  const runs = runLoops(memory);
  const betas = [beta1, 1 - beta1, beta2, 1 - beta2] as const;

  /** Of `count` weights from number `from` on. Their new values take the place of the old ones. */
  const update = (
    { addresses: { weights, first, second } }: Slot,
    { from, count }: { readonly from: number; readonly count: number },
    gradients: number,
    { rate, epsilon }: Scalars,
  ) => {
    const at = 4 * from;
    const places = [weights + at, weights + at, gradients, first + at, second + at] as const;
    adam(16 * Math.ceil(count / 4), ...places, rate, epsilon, weightDecay, ...betas);
  };
  for (const { addresses, sums, copies } of slots) {
    if (copies > 1) runs.sum(addresses.sums, addresses.weights, sums.length, 4 * copies);
  }
  return slots.map((slot) => {
    const { addresses, copies, sums } = slot;
    return (scalars) => {
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
    };
  });
}
