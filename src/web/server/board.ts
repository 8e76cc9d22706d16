/** The state of each stage that the page shows: the plan, and over it what the runs that are shown tell. */
import type { Plan, Stage, StageId } from '../../runner/index.ts';
import type { Doing, StageState, StatesMessage } from '../messages.ts';
import type { RunStory, Told } from './run-story.ts';

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
    const found = this.told(id);
    const state = this.stateOf(id, found);
    if (!found) return { state };
    const { told } = found;
    if (state === 'running') return { state, doing: doingOf(told, this.now()) };
    const { seconds } = told;
    return state === 'done' && seconds !== undefined ? { state, doing: { seconds } } : { state };
  }

  /** What the newest run that has to do with the stage tells of it; while one is live, no other counts. */
  told(id: StageId): { readonly told: Told; readonly story: RunStory } | undefined {
    const stories = this.stories();
    const live = stories.filter((story) => story.live);
    const story = (live.length > 0 ? live : stories).findLast((one) => one.stages.has(id));
    return story && { told: story.stages.get(id)!, story };
  }

  note(id: StageId): void {
    this.changed.add(id);
  }

  noteAll(): void {
    for (const { id } of this.plan.pipeline.stages) this.changed.add(id);
  }

  /** What changed since the last time; undefined where nothing did. */
  take(): StatesMessage | undefined {
    const changes = [...this.changed].flatMap((id) => {
      const place = this.places.get(id);
      if (place === undefined) return [];
      const { state, doing = null } = this.cell(id);
      const told = this.told(id)?.told;
      return [[place, state, doing, told ? told.dropped + told.lines.length : 0] as const];
    });
    this.changed.clear();
    return changes.length > 0 ? { type: 'states', changes } : undefined;
  }

  private stateOf(
    id: StageId,
    found: { readonly told: Told; readonly story: RunStory } | undefined,
  ): StageState {
    const decision = this.plan.decisions.get(id);
    const planned = decision ? plannedStates[decision.kind] : 'may-run';
    if (!found) return planned;
    const { told, story } = found;
    if (story.live) return told.state;
    // What a run that is over said counts as long as it is about the stage as it is now.
    const isSame =
      decision !== undefined && decision.kind !== 'pending' && decision.key === told.key;
    if (told.state === 'done') return planned === 'cached' && isSame ? 'done' : planned;
    if (told.state === 'failed') return planned === 'will-run' && isSame ? 'failed' : planned;
    if (told.state === 'skipped' && planned !== 'cached' && told.because !== undefined) {
      return this.cell(told.because).state === 'failed' ? 'skipped' : planned;
    }
    return planned;
  }
}

const plannedStates = { hit: 'cached', run: 'will-run', pending: 'may-run' } as const;

function doingOf({ since, progress = {} }: Told, now: number): Doing {
  return { ...(since !== undefined && { seconds: (now - since) / 1000 }), ...progress };
}

/** The stages that take an output of each. */
export function takersOf(stages: readonly Stage[]): ReadonlyMap<StageId, readonly StageId[]> {
  const takers = new Map<StageId, StageId[]>();
  for (const stage of stages) {
    const taken = new Set([...stage.inputs.values()].flat().map((reference) => reference.stage));
    for (const id of taken) {
      const known = takers.get(id);
      if (known) known.push(stage.id);
      else takers.set(id, [stage.id]);
    }
  }
  return takers;
}
