/** Formats and parses numbers with units. The page uses this file too. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Powers of 1000: `700 B`, `1.5 kB`, `12 MB`. */
export function byteSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // A value that would be shown as 1000 gets the next unit.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 9.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** A size, such as `10GB`, `1.5 kB`, `500m` or `2GiB`. The schema for editors has this pattern too. */
export const BYTE_SIZE = /^\s*(\d+(?:\.\d+)?)\s*(?:([kmgtpKMGTP])([iI]?))?[bB]?\s*$/;

/** Undefined if the text is not a size. `KiB` and the like are powers of 1024. */
export function parseByteSize(text: string): number | undefined {
  const match = BYTE_SIZE.exec(text);
  if (!match) return undefined;
  const [, number, prefix = '', binary] = match;
  const power = prefix === '' ? 0 : 'kmgtp'.indexOf(prefix.toLowerCase()) + 1;
  return Math.round(Number(number) * (binary ? 1024 : 1000) ** power);
}

/** `0.42 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 10 && !Number.isInteger(seconds)) return `${seconds.toFixed(2)} s`;
  const rounded = Math.round(seconds);
  if (rounded < 60) return `${rounded} s`;
  const minutes = Math.floor(rounded / 60);
  if (minutes < 60) return `${minutes} min ${String(rounded % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** `just now`, `5 min ago`, `3 h ago`, `12 days ago`. */
export function ago(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return 'just now';
  if (minutes < 120) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} days ago`;
}

/** Formats a number with at most six significant digits. */
export function figure(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}

/** `1 result`, `2 results`. */
export function counted(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}
