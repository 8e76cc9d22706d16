/**
 * Parses metrics in JSON as programs write them. Python's `json` writes NaN, Infinity and -Infinity, which are not
 * valid JSON, and integers of any length. Such a number is kept as a text with the same characters, which is valid
 * JSON and can be shown everywhere.
 */
import type { Json } from '../../base/json.ts';
import { parseJson } from '../../base/json-text.ts';
import { isBeyondNumbers, isExact } from '../document/numbers.ts';

/** Undefined if the text is not JSON, apart from such numbers. */
export function parseMetricsJson(text: string): Json | undefined {
  return parseJson(text.replace(TOKENS, kept)) as Json | undefined;
}

/** Strings come first, so that digits inside them are not matched as numbers. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b|-?\d[\d.eE+-]*/g;

function kept(token: string): string {
  if (token.startsWith('"')) return token;
  return isExact(Number(token), token) ? token : `"${token}"`;
}

/** Whether a text is a number that JSON or a double can't represent. YAML writes `.nan` and `.inf`. */
export function isNumberText(text: string): boolean {
  return /^(?:NaN|-?Infinity)$/.test(text) || isBeyondNumbers(text);
}
