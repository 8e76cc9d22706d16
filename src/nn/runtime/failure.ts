/**
 * Errors of ONNX Runtime. It throws plain errors without codes, so its messages are all there is. They are shown without
 * the parts that only its authors can use: places in its source code and names of its types.
 */
import { ExpectedError } from '../../base/expected-error.ts';

/** Returns what `act` returns. An error of ONNX Runtime becomes an expected failure that names the model. */
export function withRuntime<T>(model: string, what: string, act: () => T): T {
  try {
    return act();
  } catch (problem) {
    // A bug of this program is a TypeError or the like; an error of the runtime is exactly an Error.
    if (!(problem instanceof Error) || problem.constructor !== Error) throw problem;
    const message = readable(problem.message);
    throw new ExpectedError(`${model}: ${what}: ${message}`, adviceFor(problem.message));
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

const OUT_OF_MEMORY = /allocation failed|could not allocate|Failed to allocate|bad_alloc/;

function adviceFor(message: string): string {
  for (const [pattern, advice] of ADVICE) if (pattern.test(message)) return advice;
  return 'check the model with another program, such as onnx.checker in Python';
}

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/File doesn't exist/, 'check the path'],
  [
    /Protobuf parsing failed|does not have a graph/,
    'it is not an ONNX model, or damaged: copy it again',
  ],
  [
    /No Op registered|is not a registered function\/op|NOT_IMPLEMENTED|Could not find an implementation/,
    'ONNX Runtime has no such operation: export the model with standard operations',
  ],
  [/opset|ir_version|IR version/i, 'export the model with an older opset'],
  [
    /external data|External data|weight file|model_path/,
    'keep the files with external data in the folder of the model',
  ],
  [OUT_OF_MEMORY, 'there is not enough memory: use a smaller batch'],
  [
    /[Ii]nvalid (?:dimensions|rank)|Unexpected input data type|Missing Input|shape/,
    'check that the data has the inputs, types and shapes of the model',
  ],
];
