/**
 * A clone on the wasm backend as a further name of the same numbers, as it is on tfjs's other backends: there
 * it copies them, and each step of a training clones all that its gradients will need. Numbers that a tensor
 * may share are never written to: our loops write into tensors that they have just made.
 */
import * as tf from '@tensorflow/tfjs-core';

interface CountingBackend {
  incRef(dataId: tf.DataId): void;
}

/** After the backend was registered; a second time changes nothing. */
export function shareClones(): void {
  tf.unregisterKernel('Identity', 'wasm');
  tf.registerKernel({
    kernelName: 'Identity',
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend }) => {
      const { dataId, shape, dtype } = inputs.x!;
      (backend as CountingBackend).incRef(dataId);
      return { dataId, shape, dtype };
    },
  });
}
