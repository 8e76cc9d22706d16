import { expect, it } from 'vitest';
import { withMachineFacts } from '../../src/app/machine-facts.ts';

const chosen = { facts: { backend: 'wasm 1' }, notes: ['backend wasm 1'], isNamed: false };

it('adds only the facts that are asked for', () => {
  expect(withMachineFacts(chosen, ['backend'], 'no-such-folder')).toBe(chosen);
  const { facts, notes } = withMachineFacts(
    chosen,
    ['backend', 'processor', 'runtime', 'unknown'],
    'no-such-folder',
  );
  expect(Object.keys(facts).sort()).toEqual(['backend', 'processor', 'runtime']);
  expect(facts.backend).toBe('wasm 1');
  expect(facts.processor).toMatch(/, \d+ cores?$/);
  expect(facts.runtime).toMatch(/^onnxruntime (\d+\.\d+\.\d+|absent)$/);
  expect(notes).toEqual(chosen.notes);
});
