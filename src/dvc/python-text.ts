/** How DVC, a Python program, writes values into texts. */
import type { LocatedScalar } from '../runner/document/located.ts';
import type { SourceFile } from '../runner/document/source.ts';

/** `sources` tell `3.0` from `3`: JavaScript has one kind of number, Python two. */
export function pythonText(node: LocatedScalar, sources: readonly SourceFile[]): string {
  const { value, span } = node;
  if (value === null) return 'None';
  if (typeof value !== 'number') return String(value);
  const source = sources.find((one) => one.path === span.file);
  const written = source?.text.slice(span.start, span.end) ?? '';
  const isFloat = /^[-+]?[\d._]*(?:[.e])/i.test(written) && !/^[-+]?0[xo]/i.test(written);
  return isFloat ? floatText(value) : String(value);
}

/** Python's `repr` of a float: the same shortest digits as JavaScript's, in another layout. */
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

/** As Python's `shlex.quote`. */
export function shellQuoted(text: string): string {
  if (text !== '' && /^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
