import { expect, it } from 'vitest';
import { withRuntime } from '../../src/app/runtime-fact.ts';
import { runtimeFact } from '../../src/nn/runtime/fact.ts';

const chosen = { facts: { backend: 'wasm 4.22.0' }, notes: [], isNamed: false };
const folder = '/none';
const runtime = runtimeFact(folder);

it('is a fact of pipelines with models of other programs, and of no others', () => {
  expect(runtime).toMatch(/^onnxruntime (?:\d+\.\d+\.\d+|absent)/);
  const facts = (types: readonly string[]) => withRuntime(chosen, { types }, folder).facts;
  expect(facts(['train', 'evaluate'])).toEqual(chosen.facts);
  expect(facts(['model', 'evaluate'])).toEqual({ ...chosen.facts, runtime });
});

it('stays one if the documents are not read again', () => {
  const known = (kept: Readonly<Record<string, string>>) => ({ kept });
  expect(withRuntime(chosen, known(chosen.facts), folder).facts).toEqual(chosen.facts);
  const before = { ...chosen.facts, runtime: 'onnxruntime 1.2.3' };
  expect(withRuntime(chosen, known(before), folder).facts).toEqual({ ...chosen.facts, runtime });
  // The facts of older results count for nothing if the documents have changed.
  expect(withRuntime(chosen, { types: ['train'], kept: before }, folder).facts).toEqual(
    chosen.facts,
  );
});
