/** What `pipeline init` finds out about the file of a model before it writes a pipeline for it. */
import { closeSync, openSync, readSync } from 'node:fs';
import { isExpectedError } from '../base/expected-error.ts';
import { fail, ok, type Result } from '../base/result.ts';
import { isSystemError } from '../base/system-error.ts';
import type { ModelFacts, ModelFault } from '../cli/host.ts';
import { openOnnx } from '../onnx/open.ts';

/** Does not read the weights. */
export function describeOnnx(path: string): Result<ModelFacts, ModelFault> {
  const begin = firstBytes(path);
  if (!begin.ok) return begin;
  const other = otherFormat(begin.value);
  if (other)
    return fail({ message: `it is ${other.format}, and not an ONNX model`, advice: other.advice });
  try {
    const file = openOnnx(path);
    file.close();
    return ok({ inputs: file.inputs, externalFiles: file.externalFiles });
  } catch (problem) {
    if (!isExpectedError(problem)) throw problem;
    // The caller names the file.
    const message = problem.message.replace(`${path}: `, '');
    const advice = problem.advice ?? 'export the model again, for example with torch.onnx.export';
    return fail({ message, advice });
  }
}

const BEGIN_BYTES = 64;

function firstBytes(path: string): Result<Buffer, ModelFault> {
  try {
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(BEGIN_BYTES);
      return ok(buffer.subarray(0, readSync(file, buffer, 0, BEGIN_BYTES, 0)));
    } finally {
      closeSync(file);
    }
  } catch (problem) {
    if (!isSystemError(problem)) throw problem;
    const { code, message } = problem;
    const what = code === 'EISDIR' ? 'it is a folder' : `it can't be read: ${message}`;
    return fail({ message: what, advice: 'name the .onnx file' });
  }
}

interface Format {
  readonly format: string;
  readonly advice: string;
}

const PYTORCH = 'for a PyTorch model, run "pipeline init pytorch"';

function otherFormat(begin: Buffer): Format | undefined {
  const text = begin.toString('latin1');
  if (text === '') return { format: 'empty', advice: 'export or download the model again' };
  if (text.startsWith('version https://git-lfs')) {
    return { format: 'a pointer of Git LFS', advice: 'run "git lfs pull"' };
  }
  if (text.startsWith('PK\x03\x04')) {
    return { format: 'a ZIP archive, as PyTorch and NumPy write', advice: PYTORCH };
  }
  if (text.startsWith('{', 8)) return { format: 'a safetensors file', advice: PYTORCH };
  if (/^\s*<(?:!doctype|html|\?xml)/i.test(text)) {
    return { format: 'a web page', advice: 'download the file itself' };
  }
  if (/^[\t\n\r\x20-\x7e]+$/.test(text)) {
    return { format: 'a text file', advice: 'name the .onnx file, or download it again' };
  }
  return undefined;
}
