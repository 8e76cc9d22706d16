/** Data of a user's own that can't be taken: a sentence that names the file or class, and what to do. */
export class UnfitData extends Error {
  override readonly name = 'UnfitData';
  readonly advice: string;

  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}
