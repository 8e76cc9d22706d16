/**
 * Formats every number of the report. For readers: thin spaces, a true minus sign and fixed digits. For programs:
 * plain. The locale of the machine is never used.
 */

/** The quantity decides how a number is written. */
export type Quantity =
  | 'count'
  /** A share from 0 to 1, shown as a percentage. */
  | 'percent'
  /** A difference of two shares, shown in percentage points with its sign. */
  | 'points'
  /** A nominal compression rate. */
  | 'rate'
  /** A quotient of two sizes. */
  | 'ratio'
  /** Milliseconds. */
  | 'time'
  | 'probability'
  | 'error';

/** For readers. A missing number is an en dash. */
export function formatNumber(value: number | null, quantity: Quantity): string {
  if (value === null || !Number.isFinite(value)) return MISSING;
  switch (quantity) {
    case 'count':
      return grouped(Math.round(value).toString(), 4);
    case 'percent':
      return `${(100 * value).toFixed(2)}%`;
    case 'points':
      return signed(100 * value, 2);
    case 'rate':
      return grouped(String(Number(value.toPrecision(6))));
    case 'ratio':
      return value < 100 ? value.toFixed(2) : grouped(value.toFixed(0));
    case 'time':
      return value < 100 ? value.toPrecision(3) : grouped(value.toFixed(0));
    case 'probability':
      return value < 1e-4 ? '< 0.0001' : value.toFixed(4);
    case 'error':
      return value !== 0 && Math.abs(value) < 1e-3 ? scientific(value) : value.toFixed(4);
  }
}

/** The level of an interval: '95%', '99.17%'. */
export function formatLevel(level: number): string {
  return `${Number((100 * level).toFixed(2))}%`;
}

/** For programs: nine significant digits, a decimal point, no grouping; empty for a missing number. */
export function plainNumber(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '';
  return String(Number(value.toPrecision(9)));
}

/** 'one rate', '6 rates': numbers below two as words, as usual in prose. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  if (count === 1) return `one ${noun}`;
  return `${count === 0 ? 'no' : grouped(String(count))} ${plural}`;
}

/** 'a', 'a and b', 'a, b and c'. */
export function joinedByAnd(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Powers of ten in charts and tables: 10⁻³. */
export function superscript(exponent: number): string {
  return String(exponent).replace(/[-\d]/g, (digit) =>
    digit === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'.charAt(Number(digit)),
  );
}

export const MISSING = '–';
const MINUS = '−';
/** U+202F: no line breaks inside a number. */
const THIN_SPACE = '\u202f';

/** Groups thousands, in numbers of at least `from` digits. Columns of counts need grouping from four digits on. */
function grouped(digits: string, from = 5): string {
  const [whole = '', fraction] = digits.split('.');
  const groups = whole.length >= from ? whole.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE) : whole;
  return (fraction === undefined ? groups : `${groups}.${fraction}`).replace('-', MINUS);
}

function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${value < 0 ? MINUS : '+'}${text}`;
}

function scientific(value: number): string {
  const [mantissa, exponent] = value.toExponential(2).split('e') as [string, string];
  return `${mantissa.replace('-', MINUS)} × 10${superscript(Number(exponent))}`;
}
