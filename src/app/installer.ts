/** `pipeline backend install` on this machine. Its code is loaded when it is used. */
import type { BackendInstaller } from '../cli/host.ts';
import { nativeFolder } from './project.ts';

const names = ['tensorflow', 'tensorflow-gpu', 'webgpu'] as const;

type Name = (typeof names)[number];

export function installer(signal: () => AbortSignal): BackendInstaller {
  const folder = nativeFolder();
  return {
    names,
    install: async (name, report) => {
      const { installBackend, logOf } = await import('../nn/backends/install/install.ts');
      const result = await installBackend(name as Name, {
        folder,
        node: process.execPath,
        machine: { os: process.platform, arch: process.arch },
        environment: process.env,
        signal: signal(),
        report,
      });
      if (result.ok) return result;
      return { ok: false, error: { ...result.error, log: logOf(name as Name, folder) } };
    },
    remove: async (name) => {
      const { removeBackend } = await import('../nn/backends/install/install.ts');
      return removeBackend(name as Name, folder);
    },
  };
}
