/** How Python, and so DVC, writes values as text. */
import { type LocatedScalar, textOf } from '../runner/index.ts';

/** The source text distinguishes `3.0` from `3`: JavaScript has one type of number, Python two. */
export function pythonText(node: LocatedScalar): string {
  const { value, text } = node;
  if (value === null) return 'None';
  if (typeof value === 'string' && text !== undefined) return numberText(text);
  if (typeof value !== 'number') return String(value);
  const written = textOf(node);
  const isFloat = /^[-+]?[\d._]*(?:[.e])/i.test(written) && !/^[-+]?0[xo]/i.test(written);
  return isFloat ? floatText(value) : String(value);
}

/** For a number that JavaScript can't represent. */
function numberText(text: string): string {
  if (/nan/i.test(text)) return 'nan';
  const isWhole = /^[-+]?\d+$/.test(text);
  if (isWhole) return String(BigInt(text.replace('+', '')));
  return /^[-+]?0[xo]/i.test(text) ? String(BigInt(text)) : text.startsWith('-') ? '-inf' : 'inf';
}

/** Python's `repr` of a float: the same digits as in JavaScript, in another format. */
function floatText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [digits = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${digits}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (Number.isInteger(value)) return `${BigInt(value)}.0`;
  // Below 1e-6 JavaScript would use an exponent; from 1e-4 on it does not.
  return String(value);
}
