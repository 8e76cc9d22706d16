/** Numbers that look random, and are hashes of a text. */

/** Numbers from 0 to 1, without making a text for each. */
export function fastUnits(name: string, count: number): Float64Array {
  let state = Math.floor(unit(name) * 2 ** 32);
  return Float64Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  });
}

/** FNV-1a, as a number from 0 to 1. */
export function unit(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  // The low bits vary most.
  return (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0) / 2 ** 32;
}

export function digest(text: string): string {
  return Array.from({ length: 8 }, (_, i) =>
    Math.floor(unit(`${text} ${i}`) * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
}
