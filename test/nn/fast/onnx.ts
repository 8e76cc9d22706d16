/** ONNX Runtime with another number of threads, where it is installed. */
import { installLocation } from '../../../src/nn/backends/install-location.ts';
import { locateBackend } from '../../../src/nn/backends/locate.ts';
import { loadOnnx } from '../../../src/nn/backends/onnx.ts';
import { backends } from '../kernels/differentiate.ts';

export const hasOnnx = backends.includes('onnx');

/** Each of them has to give the same bytes. */
export const threadCounts = [1, 2, 3, 4, 8];

/** What is opened from now on uses so many threads. The backend must be started. */
export function useThreads(threads: number): void {
  loadOnnx(locateBackend('onnx', installLocation())!.directory, threads);
}
