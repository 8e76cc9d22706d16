/**
 * What a backend needs to know of the process that it starts in. The edge of a process tells it once, since
 * only an edge knows the environment. Loads no tfjs.
 */
export interface Surroundings {
  /** Where `pipeline backend install` puts what it makes. */
  readonly userFolder: string;
  /** The process's own: libraries read there, when they are loaded, what is written to it. */
  readonly environment: Record<string, string | undefined>;
}

let told: Surroundings | undefined;

export function tellSurroundings(surroundings: Surroundings): void {
  told = surroundings;
}

/** Undefined where only the packages beside the program count. */
export function knownSurroundings(): Surroundings | undefined {
  return told;
}
