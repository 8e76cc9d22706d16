import { expect, it, vi } from 'vitest';
import { ExpectedError, isExpectedError } from '../../src/base/expected-error.ts';

it('an error of another copy of the class is recognised: bundles have one each', async () => {
  vi.resetModules();
  const other = await import('../../src/base/expected-error.ts');
  const error = new other.ExpectedError('no words', 'lower "shortest"');
  expect(error).not.toBeInstanceOf(ExpectedError);
  expect(isExpectedError(error)).toBe(true);
  expect(isExpectedError(new Error('no words'))).toBe(false);
  expect(isExpectedError(undefined)).toBe(false);
});
