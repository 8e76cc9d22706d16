/**
 * The kernels' tests a second time, without the fast forms, as if `src/nn/fast/` were deleted. The plain code computes
 * the same, only slower. `FAST=off npx vitest run test/nn --exclude 'test/nn/fast/**'` runs all tests this way.
 */
import { expect, test, vi } from 'vitest';
import * as forms from '../../src/nn/fast-forms.ts';
import { noFastForms } from './no-fast-forms.ts';
import './kernels/kernels.test.ts';
import './kernels/convolution.test.ts';

vi.mock('../../src/nn/fast-forms.ts', async () => (await import('./no-fast-forms.ts')).noFastForms);

test('there is no fast form', () => {
  expect({ ...forms }).toEqual(noFastForms);
});
