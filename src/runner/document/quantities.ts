/** Times and sizes in documents: a number, or a text with a unit. */
import * as v from 'valibot';

/** Units of time, in seconds. */
export const UNITS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86400,
};
export const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

const measure = (units: Readonly<Record<string, number>>, example: string, about = '') =>
  v.pipe(
    v.union([v.number(), v.string()]),
    v.description(`${about}Such as ${example}.`),
    v.transform((given) => quantity(given, units)),
    v.check((value) => value > 0 && Number.isFinite(value), `write it like ${example}`),
  );

/** `about` is one or more sentences. */
export const seconds = (about = '') => measure(UNITS, '90, "90s", "30m" or "2h"', about);
export const bytes = () => measure(BYTES, '4GB or 512MiB');

/** Parses a number, or a text with a number and one of `units`. Returns NaN for anything else. */
function quantity(given: string | number, units: Readonly<Record<string, number>>): number {
  if (typeof given === 'number') return given;
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(given.trim());
  if (!match) return Number.NaN;
  const unit = match[2] === '' ? 1 : units[match[2]!];
  return unit === undefined ? Number.NaN : Number(match[1]) * unit;
}
