/** An expected failure, and advice for the user. */
export interface Failure {
  readonly message: string;
  readonly advice: string;
}
