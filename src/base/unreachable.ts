/**
 * The end of a switch that handles every case. A new case does not compile until the switch handles it. At run time it
 * is reached only by a value that does not have its type.
 */
export function unreachable(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
