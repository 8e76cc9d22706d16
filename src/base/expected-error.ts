/**
 * A failure that the code foresaw, such as a damaged file. It is shown as its message and its advice,
 * without a stack. Any other throw is a bug.
 */
export class ExpectedError extends Error {
  override readonly name: string = 'ExpectedError';
  /** What to do about it. */
  readonly advice: string | undefined;

  constructor(message: string, advice?: string) {
    super(message);
    this.advice = advice;
  }
}
