/** The version of ONNX Runtime, which scores the models of other programs, as a fact of the machine. Loads nothing. */
import { locateBackend } from '../backends/locate.ts';

/** `folder` is the result of `userFolder`. Without it, only installed packages count. */
export function runtimeFact(folder: string | undefined): string {
  return `onnxruntime ${locateBackend('onnx', folder)?.version ?? 'absent'}`;
}
