/**
 * JSON text whose last member, `check`, is the digest of the text. It detects a change of any byte,
 * even one that does not change the parsed value.
 */
import { parseJson } from '../../base/json-text.ts';
import { digestOf } from '../key/digest.ts';

/** The value must have at least one member, and none named `check`. */
export function seal(value: object, indent = 0): string {
  const body = JSON.stringify(value, null, indent).slice(0, -1).trimEnd();
  const check = digestOf(body);
  const space = ' '.repeat(indent);
  return indent === 0 ? `${body},"check":"${check}"}` : `${body},\n${space}"check": "${check}"\n}`;
}

/**
 * The parsed value, of any shape. Undefined if the text is not a JSON object. `sealed` says whether
 * the text is exactly what `seal` made, apart from a line break at the end.
 */
export function unseal(
  text: string,
): { readonly sealed: boolean; readonly value: object } | undefined {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const end = SEAL.exec(text);
  const sealed = end !== null && digestOf(text.slice(0, end.index)) === end[1];
  return { sealed, value };
}

const SEAL = /,(?:\n +)?"check": ?"([0-9a-f]{64})"\n?\}\n?$/;
