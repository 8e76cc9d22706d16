/** Whether JavaScript can represent a number that is written in a document. */

/** False for `12345678901234567891`, which JavaScript would round to another number. */
export function isExact(value: number, text: string): boolean {
  if (!Number.isFinite(value)) return false;
  if (Number.isSafeInteger(value) || !Number.isInteger(value)) return true;
  const whole = /^([-+]?)(\d+|0[xob][\da-f]+)$/i.exec(text.replaceAll('_', ''));
  // With a decimal point or an exponent, every parser reads a float.
  if (!whole) return true;
  const size = BigInt(whole[2]!);
  return (whole[1] === '-' ? -size : size) === BigInt(value);
}

/** Whether a text without quotes is a number that JavaScript can't represent. */
export function isBeyondNumbers(text: string): boolean {
  if (/^[-+]?\.inf$|^\.nan$/i.test(text)) return true;
  const value = Number(text.replaceAll('_', ''));
  return /^[-+]?\d/.test(text) && !Number.isNaN(value) && !isExact(value, text);
}
