/**
 * The arrays of a NumPy archive by their names. It is a zip archive, read with zip.js. This is the only importer of
 * zip.js. Checksums are compared, and an archive that would unpack to more than `MOST_BYTES` is refused before it is
 * unpacked.
 */
import { type FileEntry, Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import { isSystemError } from '../../base/system-error.ts';
import { UnfitData } from '../unfit-data.ts';

/** The limit on the unpacked bytes of all arrays, since they are read into memory. */
const MOST_BYTES = 2 ** 32;

export interface Unpacked {
  /** The wanted arrays, each as the bytes of its .npy file. */
  readonly arrays: ReadonlyMap<string, Uint8Array>;
  /** The keys of all arrays. */
  readonly seen: string[];
}

/** @param isWanted whether an array with this key is unpacked */
export async function unzipArrays(
  file: string,
  bytes: Uint8Array,
  isWanted: (key: string) => boolean,
): Promise<Unpacked> {
  const zip = new ZipReader(new Uint8ArrayReader(bytes), {
    checkSignature: true,
    checkOverlappingEntry: true,
    useWebWorkers: false,
  });
  const damaged = (problem: unknown): UnfitData => {
    // zip.js throws plain errors for a damaged archive. Errors of the system have a code.
    if (!(problem instanceof Error) || isSystemError(problem)) throw problem;
    return new UnfitData(
      `${file} is not a complete .npz file: ${problem.message}`,
      'copy it again, or save it with np.savez_compressed',
    );
  };
  const entries = await zip.getEntries().catch((problem) => {
    throw damaged(problem);
  });
  const wanted = new Map<string, FileEntry>();
  const seen: string[] = [];
  for (const entry of entries) {
    if (entry.directory) continue;
    const key = entry.filename.replace(/\.npy$/, '');
    seen.push(key);
    if (!isWanted(key)) continue;
    if (wanted.has(key)) {
      throw new UnfitData(
        `${file} has two arrays named ${key}`,
        'save it again with np.savez_compressed',
      );
    }
    wanted.set(key, entry);
  }
  const total = [...wanted.values()].reduce((sum, entry) => sum + entry.uncompressedSize, 0);
  if (total > MOST_BYTES) {
    throw new UnfitData(
      `${file} unpacks to ${total} bytes, more than the limit of ${MOST_BYTES}`,
      'store fewer images, or smaller ones',
    );
  }
  const arrays = new Map<string, Uint8Array>();
  for (const [key, entry] of wanted) {
    try {
      arrays.set(key, await entry.getData(new Uint8ArrayWriter()));
    } catch (problem) {
      throw damaged(problem);
    }
  }
  return { arrays, seen };
}
