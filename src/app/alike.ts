/**
 * Whether two result files have the same numbers up to a tolerance. It compares arrays, and the numbers in texts. Other
 * files, such as images, must have the same bytes.
 */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { StoredTensors } from '../safetensors/safetensors.ts';

const TEXTS = new Set(['.json', '.csv', '.md', '.txt', '.tex', '.html', '.svg', '.yaml', '.jsonl']);

/** `share`: the tolerance, relative to the largest magnitude in the array or text. */
export function numbersWithin(
  share: number,
): (path: string, kept: string, made: string) => Promise<boolean> {
  return async (path, kept, made) => {
    const kind = extname(path);
    if (kind === '.safetensors') {
      const { readSafetensors } = await import('../safetensors/safetensors.ts');
      return tensorsApproximatelyEqual(
        readSafetensors(kept).tensors,
        readSafetensors(made).tensors,
        share,
      );
    }
    if (!TEXTS.has(kind)) return false;
    return textsApproximatelyEqual(
      await readFile(kept, 'utf8'),
      await readFile(made, 'utf8'),
      share,
    );
  };
}

function tensorsApproximatelyEqual(
  before: StoredTensors,
  after: StoredTensors,
  share: number,
): boolean {
  if (before.size !== after.size) return false;
  for (const [name, { shape, data }] of before) {
    const other = after.get(name);
    if (!other || other.shape.join() !== shape.join()) return false;
    if (!numbersApproximatelyEqual(data, other.data, share)) return false;
  }
  return true;
}

const NUMBER = /[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/g;

function textsApproximatelyEqual(before: string, after: string, share: number): boolean {
  if (before.replace(NUMBER, '#') !== after.replace(NUMBER, '#')) return false;
  const numbers = (text: string): readonly number[] => (text.match(NUMBER) ?? []).map(Number);
  return numbersApproximatelyEqual(numbers(before), numbers(after), share);
}

function numbersApproximatelyEqual(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  share: number,
): boolean {
  if (a.length !== b.length) return false;
  let largest = 0;
  let apart = 0;
  for (let i = 0; i < a.length; i++) {
    if (Number.isFinite(a[i])) largest = Math.max(largest, Math.abs(a[i]!));
    // NaN counts as equal to NaN, and infinity to infinity.
    if (Object.is(a[i], b[i])) continue;
    apart = Math.max(apart, Math.abs(a[i]! - b[i]!));
    if (!Number.isFinite(apart)) return false;
  }
  return apart <= share * largest;
}
