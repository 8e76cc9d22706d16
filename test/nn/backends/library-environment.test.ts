import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../../src/base/system-error.ts';
import { setLibraryEnvironment } from '../../../src/nn/backends/library-environment.ts';

const library = find('onnxruntime-node');

describe('the environment of native libraries', () => {
  it.skipIf(library === undefined)(
    'keeps ONNX Runtime from reporting and from leaving files',
    () => {
      const home = mkdtempSync(join(tmpdir(), 'library-'));
      const env = { PATH: process.env.PATH, HOME: home, TMPDIR: home };
      setLibraryEnvironment(env);
      const script = `require(${JSON.stringify(library)}).initOrt()`;
      const { status, stderr } = spawnSync(process.execPath, ['-e', script], { env });
      expect(status, String(stderr)).toBe(0);
      expect(readdirSync(home)).toEqual([]);
      rmSync(home, { recursive: true });
    },
  );

  it('keeps the values of the user', () => {
    const env = { ORT_DISABLE_TELEMETRY: '0', TF_CPP_MIN_LOG_LEVEL: '0' };
    setLibraryEnvironment(env);
    expect(env).toEqual({ ORT_DISABLE_TELEMETRY: '0', TF_CPP_MIN_LOG_LEVEL: '0' });
  });
});

/** The module that `src/nn/backends/onnx.ts` starts. */
function find(name: string): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return join(manifest, '../dist/binding.js');
  } catch (problem) {
    if (codeOf(problem) !== 'MODULE_NOT_FOUND') throw problem;
    return undefined;
  }
}
