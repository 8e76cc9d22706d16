/** The state of each stage on the page: from the plan, and from the runs that are shown. */
import { addTo } from '../../base/add-to.ts';
import type { Plan, Stage, StageId } from '../../runner/index.ts';
import type { Doing, StageState, StatesMessage } from '../messages.ts';
import type { Reported, RunStory } from './run-story.ts';

export interface Cell {
  readonly state: StageState;
  readonly doing?: Doing;
}

export class Board {
  private readonly plan: Plan;
  private readonly places: ReadonlyMap<StageId, number>;
  private readonly changed = new Set<StageId>();
  /** The newest last. */
  private readonly stories: () => readonly RunStory[];
  private readonly now: () => number;

  constructor(plan: Plan, stories: () => readonly RunStory[], now: () => number) {
    this.plan = plan;
    this.stories = stories;
    this.now = now;
    this.places = new Map(plan.pipeline.stages.map(({ id }, place) => [id, place]));
  }

  cell(id: StageId): Cell {
    const found = this.reported(id);
    const state = this.stateOf(id, found);
    if (!found) return { state };
    const { reported } = found;
    if (state === 'running') return { state, doing: doingOf(reported, this.now()) };
    const { seconds } = reported;
    return state === 'done' && seconds !== undefined ? { state, doing: { seconds } } : { state };
  }

  /** The newest report about the stage. While a run is live, only live runs count. */
  reported(id: StageId): { readonly reported: Reported; readonly story: RunStory } | undefined {
    const stories = this.stories();
    const live = stories.filter((story) => story.live);
    const story = (live.length > 0 ? live : stories).findLast((one) => one.stages.has(id));
    return story && { reported: story.stages.get(id)!, story };
  }

  note(id: StageId): void {
    this.changed.add(id);
  }

  noteAll(): void {
    for (const { id } of this.plan.pipeline.stages) this.changed.add(id);
  }

  /** The changes since the last call; undefined if there are none. */
  take(): StatesMessage | undefined {
    const changes = [...this.changed].flatMap((id) => {
      const place = this.places.get(id);
      if (place === undefined) return [];
      const { state, doing = null } = this.cell(id);
      const reported = this.reported(id)?.reported;
      return [
        [place, state, doing, reported ? reported.dropped + reported.lines.length : 0] as const,
      ];
    });
    this.changed.clear();
    return changes.length > 0 ? { type: 'states', changes } : undefined;
  }

  private stateOf(
    id: StageId,
    found: { readonly reported: Reported; readonly story: RunStory } | undefined,
  ): StageState {
    const decision = this.plan.decisions.get(id);
    const planned = decision ? plannedStates[decision.kind] : 'may-run';
    if (!found) return planned;
    const { reported, story } = found;
    if (story.live) return reported.state;
    // The result of a finished run counts while the stage still has the same key.
    const isSame =
      decision !== undefined && decision.kind !== 'pending' && decision.key === reported.key;
    if (reported.state === 'done') return planned === 'cached' && isSame ? 'done' : planned;
    if (reported.state === 'failed') return planned === 'will-run' && isSame ? 'failed' : planned;
    if (reported.state === 'skipped' && planned !== 'cached' && reported.because !== undefined) {
      return this.cell(reported.because).state === 'failed' ? 'skipped' : planned;
    }
    return planned;
  }
}

const plannedStates = { hit: 'cached', run: 'will-run', pending: 'may-run' } as const;

function doingOf({ since, progress = {} }: Reported, now: number): Doing {
  return { ...(since !== undefined && { seconds: (now - since) / 1000 }), ...progress };
}

/** Stage -> the stages that use its outputs. */
export function takersOf(stages: readonly Stage[]): ReadonlyMap<StageId, readonly StageId[]> {
  const takers = new Map<StageId, StageId[]>();
  for (const stage of stages) {
    const taken = new Set([...stage.inputs.values()].flat().map((reference) => reference.stage));
    for (const id of taken) {
      addTo(takers, id, stage.id);
    }
  }
  return takers;
}
