/**
 * The one text of a JSON value: keys sorted by code unit, no spaces, numbers as JavaScript prints
 * them (so 1.0 and 1 are one number, and -0 is 0). Equal values have equal texts, whatever the order
 * in which they were written; that text is what keys and manifests are digests of.
 */
import type { Json, JsonObject } from '../json.ts';

export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const object = value as JsonObject;
    const members = Object.keys(object)
      .sort()
      .filter((key) => object[key] !== undefined)
      .map((key) => `${JSON.stringify(key)}:${canonical(object[key]!)}`);
    return `{${members.join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new RangeError(`${value} has no canonical text: keys hold finite numbers only`);
  }
  return JSON.stringify(value);
}
