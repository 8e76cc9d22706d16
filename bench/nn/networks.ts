/** The networks of the benchmark: VGG-11 on 32x32x1 images, by width, with their bounds. */

export interface Network {
  readonly name: string;
  readonly width: number;
  readonly hidden: number;
  /** Side of the average pool: 7 makes the head of 25088 inputs. */
  readonly pool: number;
  readonly batch: number;
  readonly bounds: readonly Bound[];
}

export type Bound =
  /** The speed of `engine` divided by the speed of `peer` is at least `least`. */
  | {
      readonly engine: string;
      readonly quantity: 'train' | 'infer';
      readonly least: number;
      readonly peer: string;
    }
  | { readonly engine: string; readonly quantity: 'memory'; readonly mostGibibytes: number };

const PEER = 'PyTorch';

const speed = (
  engine: string,
  quantity: 'train' | 'infer',
  least: number,
  peer: string = PEER,
): Bound => ({ engine, quantity, least, peer });

export const networks: readonly Network[] = [
  {
    name: 'width 0.125, fc 512, head of 3136, batch 64 (configs/quick.yaml)',
    ...{ width: 0.125, hidden: 512, pool: 7, batch: 64 },
    bounds: [speed('onnx', 'train', 3, 'wasm'), speed('onnx', 'infer', 5, 'wasm')],
  },
  {
    name: 'width 0.25, fc 512, batch 64',
    ...{ width: 0.25, hidden: 512, pool: 1, batch: 64 },
    bounds: [
      speed('onnx', 'train', 3.5, 'wasm'),
      speed('onnx', 'train', 0.7),
      speed('onnx', 'infer', 1.2),
      speed('tensorflow', 'train', 1.2),
      speed('tensorflow', 'infer', 1.2),
    ],
  },
  {
    name: 'width 0.5, fc 1024, batch 64',
    ...{ width: 0.5, hidden: 1024, pool: 1, batch: 64 },
    bounds: [
      speed('onnx', 'train', 4, 'wasm'),
      speed('onnx', 'train', 0.7),
      speed('onnx', 'infer', 1.2),
      speed('tensorflow', 'train', 1.2),
      speed('tensorflow', 'infer', 1.2),
    ],
  },
  {
    name: 'width 1, fc 4096, head of 25088, batch 16',
    ...{ width: 1, hidden: 4096, pool: 7, batch: 16 },
    bounds: [
      speed('onnx', 'train', 1.5),
      speed('onnx', 'infer', 1.2),
      { engine: 'onnx', quantity: 'memory', mostGibibytes: 5 },
      speed('tensorflow', 'train', 1),
      speed('tensorflow', 'infer', 1),
    ],
  },
];
