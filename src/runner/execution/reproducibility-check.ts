/**
 * Checks whether stages are reproducible: invokes those with known results again, and compares the outputs with those
 * in the store. Commits nothing, and changes nothing in the store.
 *
 * `pipeline verify --rerun --json` prints `ReproducibilityCheck`, so its values are an interface.
 */
import { setMaxListeners } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage, StageId } from '../graph/pipeline.ts';
import type { Digest } from '../key/digest.ts';
import { type ArtifactFile, readArtifact } from '../store/artifact.ts';
import { measureOutput } from '../store/capture.ts';
import { temporaryPath } from '../store/durable.ts';
import type { Layout } from '../store/layout.ts';
import { registerRun } from '../store/live-run.ts';
import { dropWorkspaces, makeWorkspace } from '../store/workspace.ts';
import type { Hit, Outputs, PlanContext } from './decide.ts';
import type { Emit } from './event.ts';
import type { Executor } from './executor.ts';
import type { Failure } from './failure.ts';
import { invoke } from './local/invoke.ts';
import { locateInputs } from './local/locate-inputs.ts';
import { outputFailure } from './local/take-outputs.ts';
import { workOf } from './order.ts';
import type { Plan } from './plan.ts';
import { type Capacities, resourcesOf, type Share } from './resource-pool.ts';
import { Scheduler } from './scheduler.ts';
import { curvePathOf } from './stage-curve.ts';

export type ReproducibilityCheck =
  | { readonly type: 'same'; readonly stage: StageId; readonly seconds: number }
  /** The bytes differ, but `alike` accepts the differences. */
  | { readonly type: 'alike'; readonly stage: StageId; readonly seconds: number }
  | {
      readonly type: 'differs';
      readonly stage: StageId;
      readonly seconds: number;
      /** `port/file` of each file that has other bytes, or that only one of the two outputs has. */
      readonly files: readonly string[];
    }
  | { readonly type: 'failed'; readonly stage: StageId; readonly failure: Failure }
  /** Its outputs differ each time, so it was not run. */
  | { readonly type: 'varies'; readonly stage: StageId }
  /** The store has no results to compare with. */
  | { readonly type: 'not-known'; readonly stage: StageId };

export interface ReproducibilityContext {
  readonly layout: Layout;
  readonly planContext: PlanContext;
  readonly executor: Executor;
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly capacities: Capacities;
  readonly report: (check: ReproducibilityCheck) => void;
  /**
   * Whether two files are equal except for differences that the stage cannot avoid, such as the
   * last bits of a GPU's results. `kept` and `made` are their paths, `path` is their name in the
   * output. Without it, bytes are compared.
   */
  readonly alike?: ((path: string, kept: string, made: string) => Promise<boolean>) | undefined;
}

export async function checkReproducibility(
  plan: Plan,
  targets: readonly Stage[],
  given: ReproducibilityContext,
): Promise<readonly ReproducibilityCheck[]> {
  const signal = AbortSignal.any([given.signal]);
  // Each stage adds a listener, and there may be hundreds of stages.
  setMaxListeners(0, signal);
  const context = { ...given, signal };
  const { layout, emit } = context;
  const release = await registerRun(layout, 'verify --rerun', signal, () =>
    emit({ type: 'warning', message: 'waiting for gc, which is clearing the store' }),
  );
  const scheduler = new Scheduler(context.capacities);
  const results: ReproducibilityCheck[] = [];
  const end = (one: ReproducibilityCheck): void => {
    results.push(one);
    context.report(one);
  };
  signal.addEventListener('abort', () => scheduler.clear(), { once: true });
  const all = targets.map(
    (stage) =>
      new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
        if (stage.type.varies) {
          end({ type: 'varies', stage: stage.id });
          resolve();
          return;
        }
        const decision = plan.decisions.get(stage.id)!;
        if (decision.kind !== 'hit') {
          end({ type: 'not-known', stage: stage.id });
          resolve();
          return;
        }
        const { facts } = context.planContext;
        const resources = resourcesOf(stage, facts);
        const lack = scheduler.add(resources, 0, async (share) => {
          end(await checkOne(stage, decision, share, context));
          resolve();
        });
        if (lack === undefined) return;
        end({ type: 'failed', stage: stage.id, failure: { kind: 'no-resources', message: lack } });
        resolve();
      }),
  );
  try {
    await Promise.all(all);
  } finally {
    dropWorkspaces(layout);
    release();
  }
  return results;
}

async function checkOne(
  stage: Stage,
  { key, outputs }: Hit,
  share: Share,
  context: ReproducibilityContext,
): Promise<ReproducibilityCheck> {
  const { planContext, layout, now } = context;
  const failed = (failure: Failure): ReproducibilityCheck => ({
    type: 'failed',
    stage: stage.id,
    failure,
  });
  const record = planContext.actions.get(key);
  if (!record) return { type: 'not-known', stage: stage.id };
  // The record may have the parameters in another order. The stage gets them in the order of the
  // pipeline.
  const fingerprint = { ...record.fingerprint, parameters: stage.parameters };
  const work = workOf(stage, fingerprint, share, planContext.facts);
  const inputs = locateInputs(work.stage.files, fingerprint.inputs, planContext);
  if (!inputs.ok) return failed(inputs.error);
  const workspace = makeWorkspace(layout, work.stage.outputs);
  const log = temporaryPath(layout.workspaces);
  try {
    const started = now();
    const { checkpoints } = workspace;
    const place = { workspace, inputs: inputs.value, checkpoints, log };
    const supervisor = { signal: context.signal, report: context.emit, freeCores: () => 1 };
    const invoked = await invoke(work, place, supervisor, { ...planContext, ...context });
    if (!invoked.ok) return failed(invoked.error);
    const seconds = (now() - started) / 1000;
    const files: string[] = [];
    let bytesDiffer = false;
    for (const [port, folder] of Object.entries(workspace.outputs)) {
      const measured = measureOutput(folder, invoked.value.has(port), planContext.store);
      if (!measured.ok) return failed(outputFailure(port, measured.error));
      if (measured.value.digest === outputs[port]) continue;
      bytesDiffer = true;
      const known = knownFiles(outputs, port, context);
      for (const path of differingFiles(known, measured.value.files)) {
        const kept = known.find((file) => file.path === path);
        const alike =
          kept !== undefined &&
          measured.value.files.some((file) => file.path === path) &&
          (await context.alike?.(path, layout.object(kept.digest), join(folder, path)));
        if (!alike) files.push(`${port}/${path}`);
      }
    }
    if (files.length > 0) return { type: 'differs', stage: stage.id, seconds, files };
    return { type: bytesDiffer ? 'alike' : 'same', stage: stage.id, seconds };
  } finally {
    workspace.remove(false);
    for (const path of [log, curvePathOf(log)]) rmSync(path, { force: true });
  }
}

function knownFiles(
  outputs: Outputs,
  port: string,
  { planContext }: ReproducibilityContext,
): readonly ArtifactFile[] {
  const digest: Digest | undefined = outputs[port];
  return (digest && readArtifact(digest, planContext.store)?.files) ?? [];
}

function differingFiles(before: readonly ArtifactFile[], after: readonly ArtifactFile[]): string[] {
  const text = ({ digest, executable = false }: ArtifactFile): string => `${digest} ${executable}`;
  const old = new Map(before.map((file) => [file.path, text(file)]));
  const now = new Map(after.map((file) => [file.path, text(file)]));
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort();
  return paths.filter((path) => old.get(path) !== now.get(path));
}
