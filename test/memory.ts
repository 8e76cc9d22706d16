/** A temporary folder in memory if possible, because tests of logic need not wait for flushes. */
import { tmpdir } from 'node:os';

export const memory = process.env.TEST_MEMORY ?? tmpdir();
