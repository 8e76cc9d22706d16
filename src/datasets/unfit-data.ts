/** The user's images can't be used: a message that names the file or class, and advice. */
import { ExpectedError } from '../base/expected-error.ts';

export class UnfitData extends ExpectedError {
  override readonly name = 'UnfitData';
}
