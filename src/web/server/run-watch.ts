/**
 * Follows the newest run and all live runs of a project, including those of other processes. A run is found by its
 * journal, so a run with nothing to do is seen when it has ended.
 */
import { statSync } from 'node:fs';
import { AppendedLines } from '../../base/appended-lines.ts';
import { unlessRefused } from '../../base/system-error.ts';
import {
  type Event,
  eventsIn,
  journalOf,
  type Layout,
  type LeftJobs,
  liveHeadIds,
  liveRunIds,
  NodeEvents,
  readProgress,
  runIds,
  type StageId,
} from '../../runner/index.ts';
import type { RunStory } from './run-story.ts';

export interface RunWatchOptions {
  readonly layout: Layout;
  readonly leftJobs: LeftJobs;
  readonly now: () => number;
  readonly makeStory: (run: string) => RunStory;
  readonly onEvent: (story: RunStory, event: Event) => void;
  /** The progress of a stage has changed. */
  readonly onNews: (story: RunStory, stage: StageId) => void;
  /** The run or its process has ended. */
  readonly onEnd: (story: RunStory) => void;
}

/** A run's marker is written before its journal. If it is missing this often, the run has ended. */
const MOST_MISSED = 5;

export class RunWatch {
  private readonly options: RunWatchOptions;
  private readonly followed = new Map<
    RunStory,
    { journal: AppendedLines; nodes: NodeEvents; missed: number }
  >();
  private readonly known = new Set<string>();
  private stamp = 0;
  private looked = false;

  constructor(options: RunWatchOptions) {
    this.options = options;
  }

  /** Ignores a run of this process, because it reports its events directly. */
  leaveOut(run: string): void {
    this.known.add(run);
  }

  look(): void {
    // If it fails, it is tried again the next time.
    unlessRefused(() => this.lookAtAll());
  }

  private lookAtAll(): void {
    this.findNew();
    const { layout, now, onEvent, onNews, onEnd } = this.options;
    const seenAt = this.looked ? now() : undefined;
    this.looked = true;
    for (const [story, { journal, nodes }] of this.followed) {
      const see = (event: Event): void => {
        story.see(event, seenAt);
        onEvent(story, event);
      };
      for (const { event } of eventsIn(journal.read())) if (nodes.isNew(event)) see(event);
      const isOver = !journal.behind && (story.finished ? !this.isLive(story) : this.isGone(story));
      for (const event of nodes.read(isOver ? Number.POSITIVE_INFINITY : now())) see(event);
      const isHeadless = nodes.hasFailures && !liveHeadIds(layout).has(story.run);
      if (isHeadless) for (const event of nodes.takeFailures()) see(event);
      for (const stage of story.lookOn(readProgress(layout.run(story.run)))) onNews(story, stage);
      story.goesOn = story.finished !== undefined && !isOver;
      if (isOver) {
        story.broken = !story.finished;
        this.followed.delete(story);
        onEnd(story);
      }
    }
  }

  private findNew(): void {
    const { layout, leftJobs, makeStory } = this.options;
    // Each run has a new folder, so only new names matter.
    const stamp = statSync(layout.runs, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (stamp === this.stamp && this.looked) return;
    this.stamp = stamp;
    const ids = runIds(layout);
    const live = new Set(this.looked ? [] : [...liveRunIds(layout), ...leftJobs.runs()]);
    const wanted = this.looked ? ids : ids.filter((id, i) => i === 0 || live.has(id));
    for (const id of [...wanted].reverse()) {
      if (this.known.has(id)) continue;
      const story = makeStory(id);
      const nodes = new NodeEvents(layout, id);
      const journal = new AppendedLines(journalOf(layout, id));
      this.followed.set(story, { journal, nodes, missed: 0 });
    }
    for (const id of ids) this.known.add(id);
  }

  private isGone(story: RunStory): boolean {
    const followed = this.followed.get(story)!;
    if (this.isLive(story)) followed.missed = 0;
    else followed.missed++;
    return followed.missed > MOST_MISSED;
  }

  private isLive(story: RunStory): boolean {
    const { layout } = this.options;
    if (liveHeadIds(layout).has(story.run)) return true;
    return this.jobsGoOn(story) || liveRunIds(layout).has(story.run);
  }

  /** The jobs of a cluster go on after the process of their run has ended. */
  private jobsGoOn(story: RunStory): boolean {
    const { leftJobs, now, onNews } = this.options;
    const left = leftJobs.of(story.run, now());
    if (!left) return true;
    for (const stage of story.waitFor(left)) onNews(story, stage);
    // Since the answer of Slurm, nodes may have reported ends.
    return [...left].some((stage) => story.stages.get(stage)?.state === 'running');
  }
}
