/** An expected failure, and what a user can do about it. */
export interface Failure {
  readonly message: string;
  readonly advice: string;
}
