/** The one list of stage types. */
import type { StageType, StageTypes } from '../runner/graph/stage-type.ts';

const all: readonly StageType[] = [];

export const stageTypes: StageTypes = new Map(all.map((type) => [type.name, type]));
