/**
 * JSON of numbers as programs write it. Python's `json` writes NaN, Infinity and -Infinity, which JSON does
 * not have, and integers of any length. Such a number is kept as a text of its own characters, which every
 * reader can show and which stays valid JSON.
 */
import type { Json } from '../../base/json.ts';
import { parseJson } from '../../base/json-text.ts';
import { isBeyondNumbers, isExact } from '../document/numbers.ts';

/** Undefined where the text is no JSON apart from such numbers. */
export function parseMetricsJson(text: string): Json | undefined {
  return parseJson(text.replace(TOKENS, kept)) as Json | undefined;
}

/** Texts come first, so that nothing within them is taken for a number. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b|-?\d[\d.eE+-]*/g;

function kept(token: string): string {
  if (token.startsWith('"')) return token;
  return isExact(Number(token), token) ? token : `"${token}"`;
}

/** Whether a text is a number that JSON, or a double, can't hold; YAML writes `.nan` and `.inf`. */
export function isNumberText(text: string): boolean {
  return /^(?:NaN|-?Infinity)$/.test(text) || isBeyondNumbers(text);
}
