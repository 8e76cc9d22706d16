/**
 * The engine: a project's documents in, plans and runs out. What opens, plans and runs a
 * project comes from here; commands import further files of the engine for what they show.
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
