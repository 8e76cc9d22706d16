/**
 * The canonical text of a JSON value: keys sorted by code unit, no spaces, numbers as JavaScript prints
 * them (so 1.0 equals 1, and -0 equals 0). Equal values have equal texts, independent of the order of their
 * keys. Keys and manifests are digests of this text.
 */
import type { Json, JsonObject } from '../../base/json.ts';

export function canonical(value: Json): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      if (Number.isFinite(value)) return JSON.stringify(value);
      throw new RangeError(`${value} has no canonical text: keys hold finite numbers only`);
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? listText(value) : objectText(value as JsonObject);
    default:
      return JSON.stringify(value);
  }
}

function listText(items: readonly Json[]): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) text += (i > 0 ? ',' : '') + canonical(items[i]!);
  return `${text}]`;
}

function objectText(object: JsonObject): string {
  let text = '';
  for (const key of Object.keys(object).sort()) {
    const value = object[key];
    if (value === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonical(value)}`;
  }
  return `{${text}}`;
}
