/** Values for an input of a model, if there are no samples. */
import { F16 } from '../../base/half-floats.ts';
import { type InputData, type InputType, inputArrays } from '../../datasets/model-samples.ts';

export interface ValueSources {
  /** For floats. */
  readonly normal: () => number;
  /** For integers and booleans. */
  readonly whole: () => number;
}

export function madeData(type: InputType, size: number, sources: ValueSources): InputData {
  const { normal, whole } = sources;
  if (type === 'float16') return F16.fromFloats(Float32Array.from({ length: size }, normal));
  const data = new inputArrays[type](size);
  if (data instanceof Float32Array || data instanceof Float64Array) {
    for (let i = 0; i < size; i++) data[i] = normal();
  } else if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    for (let i = 0; i < size; i++) data[i] = BigInt(whole());
  } else {
    for (let i = 0; i < size; i++) data[i] = whole();
  }
  return data;
}
