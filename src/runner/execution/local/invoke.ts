/** Calls the code of a stage once, in its workspace, within its time limit. Commits nothing. */
import { fail, ok, type Result } from '../../../base/result.ts';
import type { Digest } from '../../key/digest.ts';
import { readArtifact } from '../../store/artifact.ts';
import type { ObjectStore } from '../../store/object-store.ts';
import type { Workspace } from '../../store/workspace.ts';
import type { Executor, Invocation, StageNews } from '../executor.ts';
import type { Failure } from '../failure.ts';
import type { Work } from '../order.ts';
import { after } from '../timer.ts';
import type { Supervisor } from '../workplace.ts';

/** The paths of one invocation. */
export interface InvocationPlace {
  readonly workspace: Workspace;
  readonly inputs: Invocation['inputs'];
  readonly checkpoints: string;
  /** The file for everything that the stage prints. */
  readonly log: string;
}

/** Resolves with the outputs that are single files. All outputs are in the workspace. */
export async function invoke(
  work: Work,
  place: InvocationPlace,
  { signal, report, freeCores }: Supervisor,
  { executor, store }: { readonly executor: Executor; readonly store: ObjectStore },
): Promise<Result<ReadonlySet<string>, Failure>> {
  const { stage, fingerprint } = work;
  const invocation = invocationOf(work, place, freeCores);
  const singles = new Set<string>();
  const bugs: unknown[] = [];
  const broken = new AbortController();
  const both = AbortSignal.any([signal, broken.signal]);
  const result = await executeInTime(invocation, executor, both, (news) => {
    try {
      if (news.kind === 'single') singles.add(news.port);
      else if (news.kind === 'log') {
        report({ type: 'stage-log', stage: stage.id, message: news.message });
      } else report({ type: 'stage-progress', stage: stage.id, progress: news.progress });
    } catch (problem) {
      // A listener has a bug. The stage may still write a checkpoint.
      bugs.push(problem);
      broken.abort();
    }
  });
  if (bugs.length > 0) throw bugs[0];
  if (!result.ok) {
    // A command may have written to input files that are the store's own files by a hard link.
    for (const digest of stage.open ? filesOf(fingerprint.inputs, store) : []) {
      store.invalidate(digest);
    }
    return result;
  }
  const stray = place.workspace.stray();
  if (stray !== undefined) return fail({ kind: 'undeclared-output', path: stray });
  return ok(singles);
}

function invocationOf(
  { stage, fingerprint, limits, granted }: Work,
  { workspace, inputs, checkpoints, log }: InvocationPlace,
  freeCores: () => number,
): Invocation {
  const { cores, gpus } = granted;
  const { resources, timeoutSeconds } = limits;
  const { variables, module } = stage;
  return {
    type: fingerprint.type,
    parameters: fingerprint.parameters,
    inputs,
    outputs: workspace.outputs,
    scratch: workspace.scratch,
    checkpoints,
    log,
    facts: fingerprint.environment,
    cores: cores === 'free' ? freeCores() : cores,
    ...(gpus.length > 0 && { gpus }),
    ...(resources.memory !== undefined && { memory: resources.memory }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    ...(variables && { variables }),
    commandOptions: stage.commandOptions,
    ...(module !== undefined && { module }),
  };
}

/** Stops the stage when its time is over. This failure differs from that of a stopped run. */
async function executeInTime(
  invocation: Invocation,
  executor: Executor,
  signal: AbortSignal,
  report: (news: StageNews) => void,
): Promise<Result<void, Failure>> {
  const { timeoutSeconds } = invocation;
  if (timeoutSeconds === undefined) return executor.execute(invocation, signal, report);
  const late = new AbortController();
  const cancel = after(timeoutSeconds * 1000, () => late.abort());
  try {
    const both = AbortSignal.any([signal, late.signal]);
    const result = await executor.execute(invocation, both, report);
    const stopped = !result.ok && result.error.kind === 'stopped';
    if (!stopped || signal.aborted) return result;
    return fail({ kind: 'timeout', seconds: timeoutSeconds });
  } finally {
    cancel();
  }
}

function filesOf(
  inputs: Readonly<Record<string, readonly Digest[]>>,
  store: ObjectStore,
): readonly Digest[] {
  const artifacts = Object.values(inputs).flat();
  return artifacts.flatMap(
    (one) => readArtifact(one, store)?.files.map((file) => file.digest) ?? [],
  );
}
