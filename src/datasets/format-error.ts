/** A file of a data set breaks its format: which file, at which byte, what was expected. */
import { ExpectedError } from '../base/expected-error.ts';

export class DatasetFormatError extends ExpectedError {
  override readonly name = 'DatasetFormatError';
  readonly file: string;
  /** In bytes from the start of the file. */
  readonly offset: number;

  constructor(file: string, offset: number, expected: string, found: string) {
    super(`${file}: at byte ${offset}: expected ${expected}, found ${found}`);
    this.file = file;
    this.offset = offset;
  }
}

/** The bytes of a file with the name that errors call it by. */
export interface NamedBytes {
  readonly file: string;
  readonly bytes: Uint8Array;
}
