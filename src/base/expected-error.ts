/**
 * A failure that the code expects, such as a damaged file. Its message and advice are shown, without a stack. Any other
 * exception is a bug.
 */
export class ExpectedError extends Error {
  override readonly name: string = 'ExpectedError';
  /** How to fix it. */
  readonly advice: string | undefined;

  constructor(message: string, advice?: string) {
    super(message);
    this.advice = advice;
  }
}
