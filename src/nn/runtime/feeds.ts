/** The input of a model for one batch: samples, or numbers of the declared shape if there are none. */
import { ExpectedError } from '../../base/expected-error.ts';
import {
  type InputData,
  type InputType,
  inputArrays,
  isInputType,
  type ModelSamples,
} from '../../datasets/model-samples.ts';
import { randomStream } from '../../linalg/random.ts';
import { madeData } from './made-data.ts';
import type { ModelSession } from './session.ts';

export interface Feed {
  readonly name: string;
  readonly type: InputType;
  /** With the axis of the batch. */
  readonly shape: readonly number[];
  readonly data: InputData;
}

/** The first samples, repeated if there are fewer than the batch. */
export function sampleFeeds(samples: ModelSamples, batch: number): readonly Feed[] {
  return samples.inputs.map((input) => {
    const count = Math.min(batch, samples.count);
    const some = samples.read(input, 0, count);
    const data = arrayFor(input.type, (some.length / count) * batch);
    for (let at = 0; at < data.length; at += some.length) {
      data.set(some.subarray(0, data.length - at) as never, at);
    }
    return { name: input.name, type: input.type, shape: [batch, ...input.shape], data };
  });
}

/**
 * Floats are random numbers. Integers are 0, which is an index in any vocabulary; an input of booleans masks nothing.
 *
 * @throws ExpectedError if an extent besides the batch is known only at run time
 */
export function madeFeeds(
  { name: model, inputs }: Pick<ModelSession, 'name' | 'inputs'>,
  batch: number,
): readonly Feed[] {
  return inputs.map(({ name, type, shape }) => {
    const extents = shape.map((extent, i) => (i === 0 ? batch : extent));
    if (!isInputType(type) || !extents.every((extent) => typeof extent === 'number')) {
      throw new ExpectedError(
        `${model}: the input "${name}" is ${[type, shape.join(' x ')].join(' ')}, so its values can't be made up`,
        'give samples as the input "data"',
      );
    }
    const size = extents.reduce((product, extent) => product * extent, 1);
    const { normal } = randomStream(0, 'feeds', name);
    const whole = () => (type === 'bool' ? 1 : 0);
    return { name, type, shape: extents, data: madeData(type, size, { normal, whole }) };
  });
}

function arrayFor(type: InputType, size: number): InputData {
  return new (inputArrays[type] as new (size: number) => InputData)(size);
}
