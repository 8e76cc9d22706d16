/** Numbers of bytes as people write them, in powers of 1000: `12.3 kB`, `10GB`. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** `700 B`, `1.5 kB`, `12 MB`. */
export function byteSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would be shown as 1000 belongs to the next unit.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 9.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** Undefined for what is no size. `KiB` and its like are powers of 1024. */
export function parseByteSize(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgtp]?)(i?)b?\s*$/i.exec(text);
  if (!match) return undefined;
  const [, number, prefix, binary] = match;
  if (binary && !prefix) return undefined;
  const power = prefix === '' ? 0 : 'kmgtp'.indexOf(prefix!.toLowerCase()) + 1;
  return Math.round(Number(number) * (binary ? 1024 : 1000) ** power);
}
