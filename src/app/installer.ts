/** `pipeline backend install` on this machine. Its code is loaded when it is used. */
import type { BackendInstaller } from '../cli/host.ts';
import type { Installable } from '../nn/backends/install/recipe.ts';
import { nativeFolder, probing } from './project.ts';

const names: readonly Installable[] = [
  'onnx',
  'onnx-gpu',
  'tensorflow',
  'tensorflow-gpu',
  'webgpu',
];

export function installer(signal: () => AbortSignal): BackendInstaller {
  const folder = nativeFolder();
  return {
    names,
    whyMissing: async (name) => {
      const { detectBackends } = await import('../nn/backends/detect.ts');
      const [state] = await detectBackends({
        ...probing(undefined),
        names: [name as Installable],
      });
      if (!state || state.status === 'available') return undefined;
      const canBeInstalled = state.status === 'absent' || state.status === 'without its binding';
      return { reason: state.reason, canBeInstalled };
    },
    install: async (name, report) => {
      const { installBackend, logOf } = await import('../nn/backends/install/install.ts');
      const result = await installBackend(name as Installable, {
        folder,
        node: process.execPath,
        machine: { os: process.platform, arch: process.arch },
        environment: process.env,
        signal: signal(),
        report,
      });
      if (result.ok) return result;
      return { ok: false, error: { ...result.error, log: logOf(name as Installable, folder) } };
    },
    remove: async (name) => {
      const { removeBackend } = await import('../nn/backends/install/install.ts');
      return removeBackend(name as Installable, folder);
    },
  };
}
