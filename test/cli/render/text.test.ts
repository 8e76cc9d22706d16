/** Texts from programs, made safe for the terminal. */
import { expect, it } from 'vitest';
import { harmless } from '../../../src/cli/render/text.ts';

it('output of a program can not control the terminal', () => {
  expect(harmless('\x1b[31mred\x1b[0m\tand \x07loud\x1b[2J\x00 gr\u00fc\u00df \x9bmore')).toBe(
    'red\tand loud gr\u00fc\u00df ore',
  );
});
