/** Tracks damaged inputs that are built again, and the stages that wait for them. */
import type { Pipeline, Stage, StageId } from '../graph/pipeline.ts';
import type { Outputs } from './decide.ts';
import type { Failure } from './failure.ts';

/** If a disk damages new files this often, the run gives up. */
const MOST_TIMES = 3;

/** The stages that built a damaged input. 'rebuilt' if all of them have other outputs by now. */
export function buildersOf(
  stage: Stage,
  { port, artifact }: Extract<Failure, { kind: 'corrupt-input' }>,
  known: ReadonlyMap<StageId, Outputs>,
  { byId }: Pipeline,
): readonly Stage[] | 'rebuilt' {
  const references = stage.inputs.get(port) ?? [];
  const builders = references.filter((one) => {
    const outputs = known.get(one.stage);
    return !outputs || outputs[one.port] === artifact;
  });
  if (builders.length === 0 && references.length > 0) return 'rebuilt';
  return builders.map((one) => byId.get(one.stage)!);
}

export class InputRebuilds {
  private readonly waiting = new Map<StageId, Set<StageId>>();
  private readonly stages = new Map<StageId, Stage>();
  private readonly times = new Map<StageId, number>();

  /** False if no stage built the input, or if the limit is reached. */
  begin(stage: Stage, builders: readonly Stage[]): boolean {
    const times = (this.times.get(stage.id) ?? 0) + 1;
    if (builders.length === 0 || times > MOST_TIMES) return false;
    this.times.set(stage.id, times);
    this.stages.set(stage.id, stage);
    this.waiting.set(stage.id, new Set(builders.map((builder) => builder.id)));
    return true;
  }

  /** False if all of these have outputs by now. */
  wait(stage: Stage, on: readonly StageId[], known: ReadonlyMap<StageId, Outputs>): boolean {
    const builders = on.filter((id) => !known.has(id));
    if (builders.length === 0) return false;
    this.stages.set(stage.id, stage);
    this.waiting.set(stage.id, new Set(builders));
    return true;
  }

  /** The stages that waited only for this builder. */
  end(builder: StageId): Stage[] {
    const ready: Stage[] = [];
    for (const [id, builders] of this.waiting) {
      if (!builders.delete(builder) || builders.size > 0) continue;
      this.waiting.delete(id);
      ready.push(this.stages.get(id)!);
    }
    return ready;
  }
}
