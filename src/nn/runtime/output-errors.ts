/** The relative error ||y - y0|| / ||y0|| (Frobenius) of each output against the original, added up batch by batch. */
import { ExpectedError } from '../../base/expected-error.ts';
import type { Batch } from './batches.ts';

/** The outputs of the original model, by samples. */
export interface OriginalOutputs {
  /**
   * The elements of an output for `count` samples from number `from` on; fewer, or none, if not all samples were kept.
   * Undefined if the original has no such output.
   *
   * @param size the elements of one sample of the model that is compared
   * @throws ExpectedError if a sample of the original has another size
   */
  read(output: string, from: number, count: number, size: number): ArrayLike<number> | undefined;
}

export class OutputErrors {
  readonly #model: string;
  readonly #original: OriginalOutputs;
  readonly #sums = new Map<string, { difference: number; original: number }>();

  /** @param model names the model in errors */
  constructor(model: string, original: OriginalOutputs) {
    this.#model = model;
    this.#original = original;
  }

  add({ from, count, outputs }: Batch): void {
    for (const [name, { values, isBySample, shape }] of outputs) {
      if (!isBySample) continue;
      const size = values.length / count;
      const expected = this.#original.read(name, from, count, size);
      if (expected === undefined) continue;
      if (expected.length % size !== 0 || expected.length > values.length) {
        throw new ExpectedError(
          `${this.#model}: the output "${name}" is ${shape.join(' x ')}, which is not the shape of the original's`,
          'compare a model with the original from which it was made, on the same data',
        );
      }
      this.#addOutput(name, values, expected, from, size);
    }
  }

  #addOutput(
    name: string,
    values: ArrayLike<number>,
    expected: ArrayLike<number>,
    from: number,
    size: number,
  ): void {
    const sums = this.#sums.get(name) ?? { difference: 0, original: 0 };
    this.#sums.set(name, sums);
    let difference = 0;
    let original = 0;
    for (let i = 0; i < expected.length; i += 1) {
      const value = values[i]!;
      const wanted = expected[i]!;
      // Equal infinities, such as those of a mask.
      if (value === wanted && !Number.isFinite(value)) continue;
      difference += (value - wanted) ** 2;
      original += wanted ** 2;
    }
    if (!Number.isFinite(difference + original)) {
      const place = Array.from(values).findIndex(
        (value, i) => !Number.isFinite(value - expected[i]!) && value !== expected[i],
      );
      throw new ExpectedError(
        `${this.#model}: the output "${name}" of sample ${from + Math.floor(place / size)} is not finite`,
        'check the inputs, and whether the model overflows in half precision',
      );
    }
    sums.difference += difference;
    sums.original += original;
  }

  /** By the name of the output. Without those that are zero in the original: their relative error is not defined. */
  result(): Readonly<Record<string, number>> {
    const defined = [...this.#sums].filter(([, { original }]) => original > 0);
    return Object.fromEntries(
      defined.map(([name, { difference, original }]) => [name, Math.sqrt(difference / original)]),
    );
  }
}
