/** Damaged copies of a file: what a broken download, a bug or an attacker makes of it. */

export interface Mutation {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const INTERESTING: readonly (readonly number[])[] = [
  [0x00],
  [0x7f],
  [0x80],
  [0xff],
  // -1, 2^40, the largest int64, and 11 bytes, as varints.
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x20],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0x07],
];

/** `count` mutations, the same each time for a seed. */
export function* mutations(bytes: Uint8Array, count: number, seed: number): Iterable<Mutation> {
  const below = random(seed);
  for (let i = 0; i < count; i++) {
    const at = below(bytes.length);
    const length = 1 + below(Math.min(40, bytes.length - at));
    const other = below(bytes.length);
    const kinds: readonly (() => Mutation)[] = [
      () => ({ name: `cut at ${at}`, bytes: bytes.slice(0, at) }),
      () => replaced(bytes, at, 1, [bytes[at]! ^ (1 << below(8))], 'flip'),
      () => replaced(bytes, at, 1, [below(256)], 'set'),
      () => replaced(bytes, at, length, [], 'drop'),
      () => replaced(bytes, at, 0, bytes.slice(other, other + length), `copy ${other} to`),
      () => replaced(bytes, at, length, bytes.slice(other, other + length), `copy ${other} over`),
      () => replaced(bytes, at, below(3), INTERESTING[below(INTERESTING.length)]!, 'number'),
    ];
    yield kinds[below(kinds.length)]!();
  }
}

/** The file cut at every byte. */
export function* truncations(bytes: Uint8Array): Iterable<Mutation> {
  for (let at = 0; at < bytes.length; at++)
    yield { name: `cut at ${at}`, bytes: bytes.slice(0, at) };
}

function replaced(
  bytes: Uint8Array,
  at: number,
  length: number,
  by: ArrayLike<number>,
  kind: string,
): Mutation {
  const parts = [bytes.slice(0, at), Uint8Array.from(by), bytes.slice(at + length)];
  return { name: `${kind} ${length} at ${at} by [${Array.from(by)}]`, bytes: Buffer.concat(parts) };
}

function random(seed: number): (limit: number) => number {
  let state = (seed * 2654435761) >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
