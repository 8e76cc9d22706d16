/** Times and sizes in documents: a number, or a text with a unit. */
import * as v from 'valibot';
import { parseByteSize } from '../../base/units.ts';

const SECONDS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86400,
};

/** A time, such as `90`, `30m` or `2h`. The schema for editors has this pattern too. */
export const TIME = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)?\s*$/;

const measure = (parse: (text: string) => number | undefined, example: string, about = '') =>
  v.pipe(
    v.union([v.number(), v.string()]),
    v.description(`${about}Such as ${example}.`),
    v.transform((given) => (typeof given === 'number' ? given : (parse(given) ?? Number.NaN))),
    v.check((value) => value > 0 && Number.isFinite(value), `write it like ${example}`),
  );

/** `about` is one or more sentences. */
export const seconds = (about = '') => measure(parseSeconds, '90, "90s", "30m" or "2h"', about);
export const bytes = () => measure(parseByteSize, '4GB or 512MiB');

function parseSeconds(text: string): number | undefined {
  const [, number, unit = 's'] = TIME.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * SECONDS[unit]!;
}
