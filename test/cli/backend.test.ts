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
    install: async (_, tell) => {
      tell('pip downloads TensorFlow');
      return result;
    },
    remove: async (name) => `/folder/${name}`,
  };
}

const value = { version: '2.21.0', directory: '/folder/tensorflow', already: false, byName: false };

describe('pipeline backend', () => {
  it('says what it does, and where it is', async () => {
    installing({ ok: true, value });
    const { code, out } = await terminal.pipeline('backend', 'install', 'tensorflow');
    expect(code).toBe(0);
    expect(out).toContain('pip downloads TensorFlow\n');
    expect(out).toContain('tensorflow 2.21.0 is installed in /folder/tensorflow');
  });

  it('says that it is already installed', async () => {
    installing({ ok: true, value: { ...value, already: true } });
    const { out } = await terminal.pipeline('backend', 'install', 'tensorflow');
    expect(out).toContain('tensorflow 2.21.0 is already installed');
  });

  it('fails with what is wrong, what to do, and the log', async () => {
    const error = { message: 'there is no pip', advice: 'install it', log: '/folder/log' };
    installing({ ok: false, error });
    const { code, err } = await terminal.pipeline('backend', 'install', 'tensorflow');
    expect(code).toBe(1);
    expect(err).toBe(`could not install tensorflow: there is no pip
  fix: install it
  full log: /folder/log
`);
  });

  it('removes', async () => {
    installing({ ok: true, value });
    const { code, out } = await terminal.pipeline('backend', 'remove', 'tensorflow');
    expect([code, out]).toEqual([0, 'removed /folder/tensorflow\n']);
  });

  it('refuses the old form of removing, and names the new one', async () => {
    installing({ ok: true, value });
    const { code, err } = await terminal.pipeline('backend', 'install', 'tensorflow', '--remove');
    expect([code, err]).toEqual([
      2,
      '--remove is not an option: run "pipeline backend remove tensorflow"\n',
    ]);
  });

  it('knows what it can install', async () => {
    installing({ ok: true, value });
    const { code, err } = await terminal.pipeline('backend', 'install', 'tensorflw');
    expect(code).toBe(2);
    expect(err).toContain('Allowed choices are tensorflow');
  });
});
