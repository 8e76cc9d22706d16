/**
 * JSON text that carries the digest of itself as its last member, `check`: a change of any byte is seen,
 * those that would still parse to the same value included.
 */
import { parseJson } from '../../base/json-text.ts';
import { digestOf } from '../key/digest.ts';

/** The value must have a member; it must have none named `check`. */
export function seal(value: object, indent = 0): string {
  const body = JSON.stringify(value, null, indent).slice(0, -1).trimEnd();
  const check = digestOf(body);
  const space = ' '.repeat(indent);
  return indent === 0 ? `${body},"check":"${check}"}` : `${body},\n${space}"check": "${check}"\n}`;
}

/**
 * The value of a text, still of any shape; undefined for what is no JSON object. `sealed` says whether the text
 * is byte for byte one that `seal` made; a line's end after it does not count.
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
