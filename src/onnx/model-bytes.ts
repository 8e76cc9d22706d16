/**
 * The bytes of a model's file, read piece by piece: a file may be larger than the memory. Every error names the file.
 *
 * The structure of a hostile file could need more memory than its bytes, so its parts and texts are limited. The limits
 * are far above those of the largest models.
 */
import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ExpectedError } from '../base/expected-error.ts';
import { isOtherThanFile, onFile } from '../base/read-file.ts';

/** Offsets of bytes in the file. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const WINDOW = 1 << 16;
/** Bytes of one text, such as a name. */
const TEXT_LIMIT = 1 << 16;
/** Bytes of all texts. */
const TEXTS_LIMIT = 1 << 28;
const PARTS_LIMIT = 1 << 21;

/** The path of external data by its location; undefined if there is no such file. */
export type Locate = (location: string) => string | undefined;

export class ModelBytes {
  readonly path: string;
  readonly locate: Locate | undefined;
  /** The locations of external data, filled as tensors are found. */
  readonly locations = new Set<string>();
  readonly size: number;
  readonly #file: number;
  readonly #window = Buffer.alloc(WINDOW);
  #windowFrom = 0;
  #windowTo = 0;
  #textBytes = 0;
  #parts = 0;

  /**
   * @param locate finds external data. Default: beside the file.
   * @throws ExpectedError if the path is not a file
   */
  constructor(path: string, locate?: Locate) {
    // Opening a FIFO would block.
    if (isOtherThanFile(path)) throw new ExpectedError(`${path}: it is not a file`, NAME_A_MODEL);
    this.path = path;
    this.locate = locate;
    this.#file = openSync(path, 'r');
    this.size = fstatSync(this.#file).size;
  }

  close(): void {
    closeSync(this.#file);
  }

  /** The bytes of a short span. They are valid until the next call. */
  peek({ from, to }: Span): Uint8Array {
    if (to - from > WINDOW) throw new Error(`a window of ${to - from} bytes`);
    if (from < this.#windowFrom || to > this.#windowTo) {
      const size = Math.min(WINDOW, this.size - from);
      this.#read(this.#window.subarray(0, size), from);
      [this.#windowFrom, this.#windowTo] = [from, from + size];
    }
    return this.#window.subarray(from - this.#windowFrom, to - this.#windowFrom);
  }

  /** A copy of the bytes of a span. */
  copy({ from, to }: Span): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(to - from);
    this.#read(bytes, from);
    return bytes;
  }

  text(span: Span): string {
    const length = span.to - span.from;
    this.#textBytes += length;
    if (length > TEXT_LIMIT || this.#textBytes > TEXTS_LIMIT) {
      throw this.damaged(span.from, `a text of ${length} bytes is too long`);
    }
    this.countPart(span);
    const bytes = this.peek(span);
    // Decoding replaces other bytes, so two names could become equal, and could not be written again.
    if (!isUtf8(bytes)) throw this.damaged(span.from, 'a text is not UTF-8');
    return Buffer.from(bytes).toString('utf8');
  }

  countPart({ from }: Span): void {
    if (++this.#parts <= PARTS_LIMIT) return;
    throw this.damaged(from, `it has more than ${PARTS_LIMIT} nodes, tensors and names`);
  }

  /** @param at the offset of the problem in the file */
  damaged(at: number, problem: string): ExpectedError {
    return new ExpectedError(`${this.path}: at byte ${at}: ${problem}`, GET_AGAIN);
  }

  /** A file that can be read, but that contradicts itself. */
  invalid(problem: string): ExpectedError {
    return new ExpectedError(`${this.path}: ${problem}`, GET_AGAIN);
  }

  #read(target: Uint8Array, from: number): void {
    readWhole(this.#file, this.path, target, from);
  }
}

/**
 * Fills `target` with the bytes of an open file from `from` on.
 * @throws ExpectedError if the file ends before that
 */
export function readWhole(file: number, path: string, target: Uint8Array, from: number): void {
  for (let done = 0; done < target.length; ) {
    const length = Math.min(target.length - done, 1 << 30);
    const position = from + done;
    const count = onFile(path, () => readSync(file, target, done, length, position));
    // The sizes were checked, so another process has changed the file.
    if (count === 0)
      throw new ExpectedError(`${path}: at byte ${position}: the file ends`, GET_AGAIN);
    done += count;
  }
}

const NAME_A_MODEL = 'Name the file of an ONNX model.';
const GET_AGAIN = 'Download or export the model again. It must be an ONNX model.';
