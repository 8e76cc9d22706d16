/** The networks of the benchmark: VGG-11 on 32x32x1 images, by width, with their bounds. */

export interface Network {
  readonly name: string;
  readonly width: number;
  readonly hidden: number;
  /** Side of the average pool: 7 makes the head of 25088 inputs. */
  readonly pool: number;
  readonly batch: number;
  /** The minimum speed of native TensorFlow, relative to PyTorch's. */
  readonly native: number;
  /** The same for training on wasm. */
  readonly wasm: number;
  /** This many images per second are enough too. */
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
