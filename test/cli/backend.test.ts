import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackendInstaller } from '../../src/cli/host.ts';
import { Terminal } from './terminal.ts';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
});
afterEach(() => terminal.remove());

function installing(result: Awaited<ReturnType<BackendInstaller['install']>>): void {
  terminal.installer = {
    names: ['tensorflow'],
    whyMissing: async () => undefined,
    install: async (_, report) => {
      report('pip downloads TensorFlow');
      return result;
    },
    remove: async (name) => `/folder/${name}`,
  };
}

const value = { version: '2.21.0', directory: '/folder/tensorflow', already: false, byName: false };

describe('pipeline backend', () => {
  it('prints each step, and the folder', async () => {
    installing({ ok: true, value });
    const { code, out } = await terminal.pipeline('backend', 'install', 'tensorflow');
    expect(code).toBe(0);
    expect(out).toContain('pip downloads TensorFlow\n');
    expect(out).toContain('tensorflow 2.21.0 is installed in /folder/tensorflow');
    expect(out).toContain('"pipeline run" uses it in new projects; in others');
  });

  it('reports that it is already installed', async () => {
    installing({ ok: true, value: { ...value, already: true } });
    const { out } = await terminal.pipeline('backend', 'install', 'tensorflow');
    expect(out).toContain('tensorflow 2.21.0 is already installed');
  });

  it('prints the error, the fix and the log if it fails', async () => {
    const error = { message: 'there is no pip', advice: 'install it', log: '/folder/log' };
    installing({ ok: false, error });
    const { code, err } = await terminal.pipeline('backend', 'install', 'tensorflow');
    expect(code).toBe(1);
    expect(err).toBe(`could not install tensorflow: there is no pip
  fix: install it
  full log: /folder/log
`);
  });

  it('removes a backend', async () => {
    installing({ ok: true, value });
    const { code, out } = await terminal.pipeline('backend', 'remove', 'tensorflow');
    expect([code, out]).toEqual([0, 'removed /folder/tensorflow\n']);
  });

  it('refuses the old option --remove, and names the new command', async () => {
    installing({ ok: true, value });
    const { code, err } = await terminal.pipeline('backend', 'install', 'tensorflow', '--remove');
    expect([code, err]).toEqual([
      2,
      '--remove is not an option: run "pipeline backend remove tensorflow"\n',
    ]);
  });

  it('lists the backends that it can install', async () => {
    installing({ ok: true, value });
    const { code, err } = await terminal.pipeline('backend', 'install', 'tensorflw');
    expect(code).toBe(2);
    expect(err).toContain('Allowed choices are tensorflow');
  });
});
