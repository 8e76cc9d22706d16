import { expect, it } from 'vitest';
import { chooseFacts, once } from '../../src/app/backend-choice.ts';
import type { BackendState } from '../../src/nn/backends/detect.ts';
import { type BackendName, backendNames } from '../../src/nn/backends/names.ts';
import type { KnownFacts } from '../../src/runner/index.ts';

const span = { file: 'folder/pipeline.yaml', start: 9, end: 13, line: 1, column: 10 };

/** The states of backends on a machine: those of `versions` start. */
function machine(
  versions: Partial<Record<BackendName, string>>,
  others: Partial<Record<BackendName, 'absent' | 'unsupported' | 'does not start'>> = {},
) {
  return async (names: readonly BackendName[]): Promise<readonly BackendState[]> =>
    names.map((name) => {
      const version = versions[name];
      if (version !== undefined) {
        return { name, status: 'available', version, ...(name === 'onnx-gpu' && { byName: true }) };
      }
      const status = others[name] ?? 'absent';
      return { name, status, reason: 'the reason', advice: 'the fix' };
    });
}

const all = machine({ tensorflow: '2', onnx: '1.30.0', wasm: '4.22.0', 'onnx-gpu': '1 on cuda' });
const withOnnx = machine({ onnx: '1.30.0', wasm: '4.22.0' });

async function said(requested: string, known: KnownFacts, on = withOnnx) {
  const chosen = await chooseFacts(requested, known, on);
  return chosen.ok ? chosen.value.notes[0] : chosen.error;
}

it('names an error of the system, and what to check', async () => {
  const refused = Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM', syscall: 'spawn' });
  const failing = () => Promise.reject(refused);
  expect(await said('auto', {}, failing)).toMatchObject({
    message: "can't find out which backends start: spawn ENOMEM",
    suggestion: 'check the permissions of the named file, the disk and the memory',
  });
  const bug = () => Promise.reject(new TypeError('a bug'));
  await expect(said('auto', {}, bug)).rejects.toThrow('a bug');
});

it('takes the fastest for a project without results', async () => {
  expect(await said('auto', {})).toBe('backend onnx 1.30.0');
  const [first] = backendNames.filter((name) => name === 'tensorflow' || name === 'onnx');
  expect(await said('auto', {}, all)).toMatch(new RegExp(`^backend ${first} `));
});

it('continues with the backend of the results, and names a faster one', async () => {
  const kept = { backend: 'wasm 4.22.0' };
  expect(await said('auto', { kept })).toBe(
    'backend wasm 4.22.0 (as before; onnx is faster: --backend onnx)',
  );
  const chosen = await chooseFacts('auto', { kept }, withOnnx);
  expect(chosen).toMatchObject({ value: { isSlower: true, isNamed: false } });
  expect(await said('auto', { kept: { backend: 'onnx 1.30.0' } })).toBe('backend onnx 1.30.0');
  // Of another version: the name decides.
  expect(await said('auto', { kept: { backend: 'onnx 1.29.0' } })).toBe('backend onnx 1.30.0');
  // A backend that is used only by its name is no reason to advise another one.
  expect(await said('auto', { kept: { backend: 'onnx-gpu 1 on cuda' } }, all)).toBe(
    'backend onnx-gpu 1 on cuda',
  );
});

it('takes another one if that of the results does not start', async () => {
  const kept = { backend: 'onnx 1.30.0' };
  const broken = machine({ wasm: '4.22.0' }, { onnx: 'does not start' });
  expect(await said('auto', { kept }, broken)).toBe(
    'backend wasm 4.22.0 (onnx does not start; see pipeline doctor)',
  );
  expect(await said('auto', { kept: { backend: 'gone 1' } }, broken)).toMatch(/^backend wasm /);
});

it.each([
  ['absent', 'is not installed; fix: the fix'],
  ['unsupported', 'does not support this platform; see pipeline doctor'],
  ['does not start', 'does not start; see pipeline doctor'],
] as const)('says in one short line why onnx is not used: %s', async (status, words) => {
  const line = await said('auto', {}, machine({ wasm: '4.22.0' }, { onnx: status }));
  expect(line).toBe(`backend wasm 4.22.0 (onnx ${words})`);
  expect(String(line).length).toBeLessThanOrEqual(80);
});

it('prefers what the documents name, and the option before that', async () => {
  const known = { backend: { value: 'wasm', span }, kept: { backend: 'onnx 1.30.0' } };
  expect(await said('auto', known)).toBe('backend wasm 4.22.0 (pipeline.yaml:1)');
  expect(await chooseFacts('auto', known, withOnnx)).toMatchObject({ value: { isNamed: true } });
  expect(await said('onnx', known)).toBe('backend onnx 1.30.0 (as requested)');
  const auto = { ...known, backend: { value: 'auto', span } };
  expect(await said('auto', auto)).toBe('backend onnx 1.30.0');
});

it('fails at the place that names a backend which does not start or exist', async () => {
  expect(await said('auto', { backend: { value: 'tensorflow', span } })).toMatchObject({
    message: "the backend tensorflow can't be used: the reason",
    suggestion: 'the fix',
    span,
  });
  expect(await said('auto', { backend: { value: 'wsam', span } })).toMatchObject({
    message: 'no backend is named "wsam" (did you mean "wasm"?)',
    span,
  });
  expect(await said('tensorflow', {})).toMatchObject({ suggestion: 'the fix' });
});

it('says that the newest results are from another backend than those of this configuration', async () => {
  const [wasm, onnx] = [{ backend: 'wasm 4.22.0' }, { backend: 'onnx 1.30.0' }];
  expect(await said('auto', { kept: wasm, newest: onnx })).toBe(
    'backend wasm 4.22.0 (the results of this configuration; the newest results are from onnx 1.30.0)',
  );
  expect(await said('auto', { kept: onnx, newest: wasm })).toBe(
    'backend onnx 1.30.0 (the results of this configuration; the newest results are from wasm 4.22.0)',
  );
  expect(await said('auto', { kept: onnx, newest: { backend: 'onnx 1.29.0' } })).toBe(
    'backend onnx 1.30.0',
  );
});

it('finds out the state of a backend once per plan', async () => {
  const asked: BackendName[] = [];
  const detect = once((names) => {
    asked.push(...names);
    return all(names);
  });
  await chooseFacts('auto', {}, detect);
  await chooseFacts('auto', { kept: { backend: 'onnx-gpu 1 on cuda' } }, detect);
  expect(await detect(['wasm', 'onnx'])).toEqual(await all(['wasm', 'onnx']));
  expect(new Set(asked).size).toBe(asked.length);
});

it('asks only for the backends that it may take', async () => {
  const asked: BackendName[] = [];
  const on = (states: typeof all) => async (names: readonly BackendName[]) => {
    asked.push(...names);
    return states(names);
  };
  const askedBy = async (known: KnownFacts, states: typeof all, requested = 'auto') => {
    asked.length = 0;
    await chooseFacts(requested, known, on(states));
    return asked;
  };
  expect(await askedBy({}, all, 'wasm')).toEqual(['wasm']);
  // The probe of `onnx-gpu` starts the driver of a GPU. The probe of a backend after the first that starts is useless.
  const preferred = backendNames.slice(0, backendNames.indexOf('onnx') + 1);
  expect(await askedBy({}, withOnnx)).toEqual(preferred);
  expect(await askedBy({ kept: { backend: 'wasm 4.22.0' } }, withOnnx)).toEqual([
    ...preferred,
    'wasm',
  ]);
  expect(await askedBy({ kept: { backend: 'gone 1' } }, withOnnx)).toEqual(preferred);
});

it('starts no backend for stages that do not depend on it, unless one is named', async () => {
  const none = () => Promise.reject(new Error('started'));
  const chosen = await chooseFacts('auto', { names: ['processor'], kept: { backend: 'x' } }, none);
  expect(chosen).toEqual({ ok: true, value: { facts: {}, notes: [], isNamed: false } });
  await expect(chooseFacts('auto', { names: ['backend'] }, none)).rejects.toThrow('started');
  expect(await said('tensorflow', { names: [] })).toMatchObject({ suggestion: 'the fix' });
  const backend = { value: 'wsam', span };
  expect(await said('auto', { backend, names: [] })).toMatchObject({ span });
});
