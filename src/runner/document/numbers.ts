/** Which of the numbers that people write JavaScript can hold. */

/** False for `12345678901234567891`: JavaScript would make another number of it. */
export function isExact(value: number, text: string): boolean {
  if (!Number.isFinite(value)) return false;
  if (Number.isSafeInteger(value) || !Number.isInteger(value)) return true;
  const whole = /^([-+]?)(\d+|0[xob][\da-f]+)$/i.exec(text.replaceAll('_', ''));
  // With a point or an exponent it is a float to every reader.
  if (!whole) return true;
  const size = BigInt(whole[2]!);
  return (whole[1] === '-' ? -size : size) === BigInt(value);
}

/** Whether a text without quotes is a number that JavaScript can't hold. */
export function isBeyondNumbers(text: string): boolean {
  if (/^[-+]?\.inf$|^\.nan$/i.test(text)) return true;
  const value = Number(text.replaceAll('_', ''));
  return /^[-+]?\d/.test(text) && !Number.isNaN(value) && !isExact(value, text);
}
