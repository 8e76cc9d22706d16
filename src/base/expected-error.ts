const MARK = Symbol.for('lowrank-pipeline.expected-error');

/**
 * A failure that the code expects, such as a damaged file. Its message and advice are shown, without a stack. Any other
 * exception is a bug.
 */
export class ExpectedError extends Error {
  override readonly name: string = 'ExpectedError';
  readonly [MARK] = true;
  /** How to fix it. */
  readonly advice: string | undefined;

  constructor(message: string, advice?: string) {
    super(message);
    this.advice = advice;
  }
}

/** Also true for an error of another copy of the class: the library and the worker are bundled separately. */
export function isExpectedError(problem: unknown): problem is ExpectedError {
  return problem instanceof Error && MARK in problem;
}
