import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // FAST=off runs tests as if src/nn/fast/ were deleted; test/nn/fast/ tests that folder alone.
    setupFiles: process.env.FAST === 'off' ? ['test/nn/without-fast.ts'] : [],
  },
});
