/** A file of a data set breaks its format: the file, the offset, and what was expected there. */
import { ExpectedError } from '../base/expected-error.ts';

export class DatasetFormatError extends ExpectedError {
  override readonly name = 'DatasetFormatError';
  readonly file: string;
  /** Bytes from the start of the file. */
  readonly offset: number;

  constructor(file: string, offset: number, expected: string, found: string) {
    super(`${file}: at byte ${offset}: expected ${expected}, found ${found}`);
    this.file = file;
    this.offset = offset;
  }
}

/** The bytes of a file, and its name in error messages. */
export interface NamedBytes {
  readonly file: string;
  readonly bytes: Uint8Array;
}
