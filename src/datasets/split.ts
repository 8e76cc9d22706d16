/**
 * A random choice of samples that contains each class by its share: a validation or a test split of the
 * training images.
 *
 * Shares are by largest remainders: class c of n_c among n gets floor(count * n_c / n). The rest of `count`
 * goes to the classes with the largest remainders, one each; among equal remainders, to the lower class.
 * So each class is within one sample of its exact share. Pure: all randomness comes from `random`.
 */

/** The part of a stream of random numbers that is used here. `RandomStream` of linalg implements it. */
export interface Shuffle {
  /** A uniformly random order of 0, 1, ..., n - 1. */
  permutation(n: number): Uint32Array;
}

export interface Split {
  /** Indices, ascending. */
  readonly chosen: Uint32Array;
  /** All others, ascending. */
  readonly rest: Uint32Array;
}

export function stratifiedSplit(labels: ArrayLike<number>, count: number, random: Shuffle): Split {
  if (!(Number.isInteger(count) && count >= 0 && count <= labels.length)) {
    throw new RangeError(`no choice of ${count} out of ${labels.length} samples`);
  }
  const byClass = membersOf(labels);
  const shares = sharesOf(
    byClass.map((members) => members.length),
    count,
  );
  const isChosen = new Uint8Array(labels.length);
  for (const [label, members] of byClass.entries()) {
    // Drawn for every class, even if none is chosen from it: so another class does not change the draws of the others.
    const order = random.permutation(members.length);
    for (let i = 0; i < shares[label]!; i += 1) isChosen[members[order[i]!]!] = 1;
  }
  const all = Uint32Array.from(isChosen, (_, index) => index);
  return {
    chosen: all.filter((index) => isChosen[index] === 1),
    rest: all.filter((index) => isChosen[index] === 0),
  };
}

/** Label -> the indices of its samples, ascending. */
function membersOf(labels: ArrayLike<number>): number[][] {
  const byClass: number[][] = [];
  for (let i = 0; i < labels.length; i += 1) {
    const label = labels[i]!;
    while (byClass.length <= label) byClass.push([]);
    byClass[label]!.push(i);
  }
  return byClass;
}

function sharesOf(sizes: readonly number[], count: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total === 0) return sizes.map(() => 0);
  // Whole numbers below 2^53 throughout, so that equal remainders are equal.
  const shares = sizes.map((size) => Math.floor((count * size) / total));
  const remainders = sizes.map((size, label) => count * size - shares[label]! * total);
  const left = count - shares.reduce((sum, share) => sum + share, 0);
  const order = sizes
    .map((_, label) => label)
    .sort((a, b) => remainders[b]! - remainders[a]! || a - b);
  for (const label of order.slice(0, left)) shares[label]! += 1;
  return shares;
}
