/**
 * The public interface of the engine. Code outside of this folder imports no other file of it. The names are
 * grouped by folder.
 *
 * The engine does not depend on any stage type or machine learning library. Files, clock, randomness and facts
 * about the machine are provided by `Project`.
 */

export type { OpenedRemote } from './cache/remote/opened-remote.ts';
export {
  type GetOptions,
  type Pace,
  type PutOptions,
  type Remote,
  type RemoteBody,
  RemoteError,
  type RemoteKind,
} from './cache/remote/remote.ts';
export { newKeyPair, type Signer, signerOf } from './cache/remote/signatures.ts';
export type { RemoteSource } from './cache/remote-cache.ts';
export { check } from './document/check.ts';
export { type Diagnostic, error, formatDiagnostic } from './document/diagnostic.ts';
export {
  type Located,
  type LocatedEntry,
  type LocatedMap,
  type LocatedScalar,
  nodeAt,
  plainText,
  textOf,
  toPlain,
} from './document/located.ts';
export { mapOf } from './document/map-of.ts';
export { type NamedCache, namedCache } from './document/named-cache.ts';
export { parseYaml } from './document/parse-yaml.ts';
export { REFUSED_KEYS } from './document/refused-keys.ts';
export { formatPlace, type SourceFile, type Span, sourceOf } from './document/source.ts';
export { didYouMean } from './document/suggest.ts';
export { AsWritten, toWrite, writeDocument } from './document/write-document.ts';
export { isTextToAll, usualText } from './document/write-yaml.ts';
export { pastSeconds } from './execution/critical-path.ts';
export type { Decision, Outputs } from './execution/decide.ts';
export { type DecisionWords, wordsFor } from './execution/decision-words.ts';
export type {
  Event,
  Origin,
  RunFinished,
  RunSelection,
  SubstituteCounts,
} from './execution/event.ts';
export type { Executor, Invocation, StageNews } from './execution/executor.ts';
export { describeFailure, type Failure, REPORT_IT, TOO_FEW } from './execution/failure.ts';
export { FETCHING, type Fetching } from './execution/fetching.ts';
export { journalOf, newRunId } from './execution/journal.ts';
export { folderOf } from './execution/newest-results.ts';
export { inheritedOptions } from './execution/node-options.ts';
export { OutputLines } from './execution/output-lines.ts';
export type { Plan, PlanCounts } from './execution/plan.ts';
export { ProcessExecutor } from './execution/process-executor.ts';
export type { Profile } from './execution/profile.ts';
export { type RunningStages, readProgress } from './execution/progress-file.ts';
export { describeReason, type Reason } from './execution/reason.ts';
export type { ReproducibilityCheck } from './execution/reproducibility-check.ts';
export { type Capacities, resourcesOf } from './execution/resource-pool.ts';
export { serve, type ToWorker } from './execution/serve.ts';
export { buildBundle, type Node } from './execution/slurm/build-bundle.ts';
export { headLog, sendHead } from './execution/slurm/detached-head.ts';
export { LeftJobs } from './execution/slurm/left-jobs.ts';
export { NodeEvents } from './execution/slurm/node-events.ts';
export { SlurmCommands } from './execution/slurm/slurm.ts';
export { whyNoCluster } from './execution/slurm/why-no-cluster.ts';
export { curvePathOf } from './execution/stage-curve.ts';
export { TimeLeft } from './execution/time-left.ts';
export { AxisValues } from './graph/axis-values.ts';
export { DEFAULT_LIMIT, limitFrom, tooMany } from './graph/instance-limit.ts';
export { InstanceNames } from './graph/instance-names.ts';
export { pathFault } from './graph/paths.ts';
export type { Pipeline, Stage, StageId } from './graph/pipeline.ts';
export { sinksOf } from './graph/sinks.ts';
export {
  defineStage,
  type GivenFile,
  type InputArtifact,
  type Progress,
  type Resources,
  type StageContext,
  StageError,
  type StageType,
  type StageTypes,
} from './graph/stage-type.ts';
export { selectStages } from './graph/targets.ts';
export { accept } from './history/accept.ts';
export type { Attempt } from './history/attempt.ts';
export { lastAttempts, PastAttempts } from './history/attempts.ts';
export { curveOf, curveOfResult, type FoundCurve, pointsBefore } from './history/curves.ts';
export {
  type Evidence,
  type Found,
  findEvidence,
  makersOf,
  mayBeDigest,
} from './history/evidence.ts';
export type { ColumnKind, ExperimentColumn } from './history/experiments/columns.ts';
export {
  type Experiment,
  type Experiments,
  listExperiments,
} from './history/experiments/experiments.ts';
export { differingParameters } from './history/experiments/parameter-columns.ts';
export { type Explanation, explain, type Made, madeBy } from './history/explanation.ts';
export { type Party, parseParty } from './history/export/party.ts';
export { findRun } from './history/find-run.ts';
export { eventsIn } from './history/journal-events.ts';
export { readLock, writeLock } from './history/lock-file.ts';
export { LOCK_NAME } from './history/lock-name.ts';
export { compareLock, type LockDifference, lockedStages } from './history/locking.ts';
export { measuredStages } from './history/measured-stages.ts';
export {
  isNumber,
  type Metric,
  type Metrics,
  readMetricFiles,
  readMetrics,
} from './history/metrics.ts';
export {
  constantColumns,
  type MetricsTable,
  makeTable,
} from './history/metrics-table.ts';
export { newestFolders } from './history/newest-folders.ts';
export {
  compareRuns,
  type MetricChange,
  type Snapshots,
  type StageDifference,
} from './history/run-difference.ts';
export {
  type RunStarted,
  type RunSummary,
  readRun,
  runIds,
  summarize,
} from './history/run-journal.ts';
export { lastSaid, saidIn } from './history/said.ts';
export { type Sentence, sentencesOfChanges, sentencesOfReasons } from './history/sentence.ts';
export {
  compareSnapshots,
  outputsInPlan,
  type StageSnapshot,
  snapshotInPlan,
  snapshotsOfRun,
} from './history/stage-snapshot.ts';
export { type Digest, isDigest } from './key/digest.ts';
export type { StageKey } from './key/fingerprint.ts';
export type { StageCodes } from './key/stage-code.ts';
export { execute, type RunRequest } from './project/execute.ts';
export { exportRun } from './project/export-run.ts';
export {
  defaultProfile,
  type FoundProfile,
  findProfile,
  profileFile,
  unknownLocalStages,
} from './project/find-profile.ts';
export { nameInFact } from './project/kept-facts.ts';
export { type LoadedPipeline, loadPipeline } from './project/load.ts';
export { loadStageModule } from './project/load-stage-module.ts';
export { type GcRequest, gc, verify, verifyReproducibility } from './project/maintenance.ts';
export { prepare } from './project/prepare.ts';
export type { Prepared, PrepareOptions } from './project/prepared.ts';
export type {
  BadInput,
  CacheMode,
  ChosenFacts,
  KnownFacts,
  OpenProject,
  Project,
  ProjectOptions,
  Selection,
} from './project/project.ts';
export { pull } from './project/pull.ts';
export { push } from './project/push.ts';
export type { Transfer, TransferRequest } from './project/transfer.ts';
export { chooseColumns, chosenColumns } from './state/chosen-columns.ts';
export type { From } from './state/reads.ts';
export type { ActionRecord } from './store/action-cache.ts';
export { type ArtifactFile, readArtifact } from './store/artifact.ts';
export type { Collection, Refusal } from './store/collect.ts';
export { isFull } from './store/durable.ts';
export { stampOf } from './store/file-stamp.ts';
export type { Protection } from './store/garbage.ts';
export { Layout } from './store/layout.ts';
export type { Leftover } from './store/leftovers.ts';
export { liveHeadIds, liveRunIds } from './store/live-run.ts';
export { makeAccessible } from './store/make-accessible.ts';
export { ObjectStore } from './store/object-store.ts';
export { listOutput } from './store/output-files.ts';
export { placeCopy, placeObject } from './store/place-file.ts';
export type { Finding, Verification } from './store/verify.ts';
