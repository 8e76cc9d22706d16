import { expect, it } from 'vitest';
import { withMachineFacts } from '../../src/app/machine-facts.ts';

const chosen = { facts: { backend: 'wasm 1' }, notes: ['backend wasm 1'], isNamed: false };

it('adds only the facts that are asked for', () => {
  expect(withMachineFacts(chosen, ['backend'], 'no-such-folder')).toBe(chosen);
  const { facts, notes } = withMachineFacts(
    chosen,
    ['backend', 'processor', 'onnxruntime', 'unknown'],
    'no-such-folder',
  );
  expect(Object.keys(facts).sort()).toEqual(['backend', 'onnxruntime', 'processor']);
  expect(facts.backend).toBe('wasm 1');
  expect(facts.processor).toMatch(/, \d+ cores?$/);
  expect(facts.onnxruntime).toMatch(/^(\d+\.\d+\.\d+|absent)$/);
  expect(notes).toEqual(chosen.notes);
});
