/** Stage types with the facts of the machine that matter in one pipeline. */
import type { StageType, StageTypes } from './stage-type.ts';

/** @param used the names of the types that the pipeline uses */
export function typesBeside(types: StageTypes, used: ReadonlySet<string>): StageTypes {
  const beside = ([name, type]: [string, StageType]) => [name, withFacts(type, used)] as const;
  return new Map([...types].filter(([name]) => used.has(name)).map(beside));
}

function withFacts(type: StageType, used: ReadonlySet<string>): StageType {
  const { environmentWith, environment = [], ...rest } = type;
  if (!environmentWith) return type;
  const others = Object.entries(environmentWith).filter(([other]) => used.has(other));
  return { ...rest, environment: [...environment, ...others.flatMap(([, names]) => names)] };
}
