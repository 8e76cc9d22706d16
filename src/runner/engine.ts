/**
 * The engine: a project's documents in, plans and runs out. The commands and the library use this alone.
 *
 * Everything of the outside (files, clock, randomness, facts of the machine) comes in by `Project`.
 */
export {
  type GcRequest,
  gc,
  type RehearsalRequest,
  rehearseStages,
  type UnreadableLock,
  verify,
} from './project/care.ts';
export { execute, type RunRequest } from './project/execute.ts';
export { type LoadedPipeline, loadPipeline, withOwnTypes } from './project/load.ts';
export { type Prepared, prepare } from './project/prepare.ts';
export type { BadInput, Project, Selection, Site } from './project/project.ts';
