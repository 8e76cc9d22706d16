/** Images of a user that can't be used: a sentence that names the file or class, and what to do. */
import { ExpectedError } from '../base/expected-error.ts';

export class UnfitData extends ExpectedError {
  override readonly name = 'UnfitData';
}
