/** Stages that wait for a damaged input to be made again. */
import type { Pipeline, Stage, StageId } from '../graph/pipeline.ts';
import type { Outputs } from './decide.ts';
import type { Failure } from './failure.ts';

/** A disk that damages what was just written is not one to go on with. */
const MOST_TIMES = 3;

/** The stages that made a damaged input; 'made again' where all of them have other outputs by now. */
export function makersOf(
  stage: Stage,
  { port, artifact }: Extract<Failure, { kind: 'corrupt-input' }>,
  known: ReadonlyMap<StageId, Outputs>,
  { byId }: Pipeline,
): readonly Stage[] | 'made again' {
  const references = stage.inputs.get(port) ?? [];
  const makers = references.filter((one) => {
    const outputs = known.get(one.stage);
    return !outputs || outputs[one.port] === artifact;
  });
  if (makers.length === 0 && references.length > 0) return 'made again';
  return makers.map((one) => byId.get(one.stage)!);
}

export class Healing {
  private readonly waiting = new Map<StageId, Set<StageId>>();
  private readonly stages = new Map<StageId, Stage>();
  private readonly times = new Map<StageId, number>();

  /** False where there is nobody to wait for, or where it was done often enough. */
  begin(stage: Stage, makers: readonly Stage[]): boolean {
    const times = (this.times.get(stage.id) ?? 0) + 1;
    if (makers.length === 0 || times > MOST_TIMES) return false;
    this.times.set(stage.id, times);
    this.stages.set(stage.id, stage);
    this.waiting.set(stage.id, new Set(makers.map((maker) => maker.id)));
    return true;
  }

  /** Those that waited for this maker alone. */
  end(maker: StageId): Stage[] {
    const ready: Stage[] = [];
    for (const [id, makers] of this.waiting) {
      if (!makers.delete(maker) || makers.size > 0) continue;
      this.waiting.delete(id);
      ready.push(this.stages.get(id)!);
    }
    return ready;
  }
}
