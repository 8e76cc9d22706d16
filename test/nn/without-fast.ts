/** A setup file: `FAST=off npx vitest run test/nn --exclude 'test/nn/fast/**'` runs tests without the fast forms. */
import { vi } from 'vitest';

vi.mock('../../src/nn/fast-forms.ts', async () => (await import('./no-fast-forms.ts')).noFastForms);
