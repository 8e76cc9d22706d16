/**
 * Errors of ONNX Runtime. It throws plain errors without codes, so its messages are all there is. They are shown without
 * the parts that only its authors can use: places in its source code and names of its types.
 */
import { ExpectedError } from '../../base/expected-error.ts';

/**
 * Returns what `act` returns. An error of ONNX Runtime becomes an expected failure.
 *
 * @param model names the model in errors
 * @param step what `act` does with the model
 */
export function withRuntime<T>(model: string, step: 'loaded' | 'run', act: () => T): T {
  try {
    return act();
  } catch (problem) {
    // A bug of this program is a TypeError or the like; an error of the runtime is exactly an Error.
    if (!(problem instanceof Error) || problem.constructor !== Error) throw problem;
    throw new ExpectedError(
      `${model}: the model can't be ${step}: ${readable(problem.message)}`,
      adviceFor(step, problem.message),
    );
  }
}

function readable(message: string): string {
  return message
    .replace(/^Load model (?:from )?.*? failed:\s*/, '')
    .replace(/\S*\/onnxruntime\/\S+:\d+ .*?\)(?: \[with [^\]]*\])? /g, '')
    .replace(
      /Non-zero status code returned while running (\S+) node\. Name:'([^']*)' Status Message: /,
      'the node $2 ($1): ',
    )
    .replace(/\s+/g, ' ')
    .trim();
}

function adviceFor(step: 'loaded' | 'run', message: string): string {
  for (const [pattern, advice] of ADVICE[step]) if (pattern.test(message)) return advice;
  return 'check the model with another program, such as onnx.checker in Python';
}

const NO_MEMORY = /allocation failed|could not allocate|Failed to allocate|bad_alloc/;

const ADVICE: Readonly<Record<'loaded' | 'run', readonly (readonly [RegExp, string])[]>> = {
  loaded: [
    [/File doesn't exist/, 'check the path'],
    [
      /Protobuf parsing failed|does not have a graph/,
      'it is not an ONNX model, or damaged: copy it again',
    ],
    [
      /No Op registered|is not a registered function\/op|NOT_IMPLEMENTED|Could not find an implementation/,
      'ONNX Runtime has no such operation: export the model with standard operations',
    ],
    [/opset|IR version/i, 'export the model with an older opset'],
    [/external data/i, 'keep the files with external data in the folder of the model'],
    [NO_MEMORY, 'there is not enough memory for the model: close other programs'],
  ],
  run: [
    [NO_MEMORY, 'there is not enough memory: use a smaller batch'],
    [
      /invalid (?:dimensions|rank)|Unexpected input data type|Missing Input|shape|dimension/i,
      'check that the data has the inputs, types and shapes of the model',
    ],
  ],
};
