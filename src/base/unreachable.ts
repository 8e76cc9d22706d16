/** The end of a switch that handles every case. A new case without a branch does not compile. */
export function unreachable(value: never): never {
  throw new Error(`unexpected: ${JSON.stringify(value)}`);
}
