/** The networks that are timed: VGG-11 on 32x32x1 images, by width, and what is asked of each. */

export interface Network {
  readonly name: string;
  readonly width: number;
  readonly hidden: number;
  /** Side of the average pool: 7 makes the head of 25088 inputs. */
  readonly pool: number;
  readonly batch: number;
  /** Least speed of native TensorFlow, as a multiple of PyTorch's. */
  readonly native: number;
  /** The same of training on wasm. */
  readonly wasm: number;
  /** Images a second that count as well as that. */
  readonly wasmImages?: number;
}

export const networks: readonly Network[] = [
  {
    name: 'width 0.25, fc 512, batch 64',
    ...{ width: 0.25, hidden: 512, pool: 1, batch: 64 },
    ...{ native: 1.2, wasm: 0.3, wasmImages: 400 },
  },
  {
    name: 'width 0.5, fc 1024, batch 64',
    ...{ width: 0.5, hidden: 1024, pool: 1, batch: 64 },
    ...{ native: 1.2, wasm: 0.25 },
  },
  {
    name: 'width 1, fc 4096, head of 25088, batch 16',
    ...{ width: 1, hidden: 4096, pool: 7, batch: 16 },
    ...{ native: 1, wasm: 0 },
  },
];
