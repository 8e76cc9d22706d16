/**
 * Masks of dropout in WebAssembly (`masks.wat`), in its own memory. They are most of the random numbers of a training,
 * and this takes a fifth of the time of the loop in JavaScript (`training/dropout-masks.ts`). The masks are the same
 * to the bit.
 */
import { instantiate } from '../instantiate.ts';
import { masksModule } from './masks-module.ts';

export function drawMask(out: Float32Array, rate: number, key: number): void {
  const count = 4 * Math.ceil(out.length / 4);
  const { memory, fill } = workshopFor(4 * count);
  const [kept] = new Int32Array(Float32Array.of(1 / (1 - rate)).buffer);
  fill(count, key, Math.round(rate * 2 ** 31), kept!);
  out.set(new Float32Array(memory.buffer, 0, out.length));
}

const PAGE = 2 ** 16;

interface Workshop {
  readonly memory: WebAssembly.Memory;
  fill(count: number, key: number, threshold: number, kept: number): void;
}

let made: Workshop | undefined;

/** One per thread. A mask larger than all before needs a new one. */
function workshopFor(bytes: number): Workshop {
  if (!made || made.memory.buffer.byteLength < bytes) made = makeWorkshop(bytes);
  return made;
}

function makeWorkshop(bytes: number): Workshop {
  const memory = new WebAssembly.Memory({ initial: Math.max(1, Math.ceil(bytes / PAGE)) });
  const { fill } = instantiate<Pick<Workshop, 'fill'>>(masksModule, { masks: { memory } });
  return { memory, fill };
}
