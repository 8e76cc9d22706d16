/** What `pipeline init` finds out about the file of a model before it writes a pipeline for it. */
import { isExpectedError } from '../base/expected-error.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { isSystemError } from '../base/system-error.ts';
import type { ModelFacts, ModelFault } from '../cli/host.ts';
import { openOnnx } from '../onnx/open.ts';

/** Does not read the weights. */
export function describeOnnx(path: string): Result<ModelFacts, ModelFault> {
  try {
    const file = openOnnx(path);
    file.close();
    return ok({ inputs: file.inputs, externalFiles: file.externalFiles });
  } catch (problem) {
    if (isSystemError(problem)) {
      const message = `it can't be read: ${problem.message}`;
      return fail({ message, advice: 'name the .onnx file' });
    }
    if (!isExpectedError(problem)) throw problem;
    // The caller names the file.
    const message = problem.message.replace(`${path}: `, '');
    const advice = problem.advice ?? 'export the model again, for example with torch.onnx.export';
    return fail({ message, advice });
  }
}
