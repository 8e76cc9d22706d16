/** Times models in turn (A B A B), so that a change of the machine during the measurement affects all of them. */
import type { Feed } from '../../../nn/runtime/feeds.ts';
import { loadOfOthers, processorTimes } from './machine-load.ts';
import type { Usage } from './model-messages.ts';

export interface Timed {
  warmUp(feeds: readonly Feed[]): Promise<void>;
  time(): Promise<number>;
  usage(): Promise<Usage>;
}

export interface Turns {
  /** The milliseconds of each run, by model. */
  readonly times: readonly (readonly number[])[];
  /** The most bytes until now, by model. */
  readonly memory: readonly number[];
  readonly othersLoad: number;
}

/** @param feeds the batch of each model */
export async function takeTurns(
  models: readonly Timed[],
  feeds: readonly (readonly Feed[])[],
  runs: number,
  onRun: (done: number) => void,
): Promise<Turns> {
  for (const [i, model] of models.entries()) await model.warmUp(feeds[i]!);
  const usages = () => Promise.all(models.map((model) => model.usage()));
  const [before, here, used] = [processorTimes(), process.cpuUsage(), await usages()];
  const times = models.map((): number[] => []);
  for (let run = 0; run < runs; run += 1) {
    for (const [i, model] of models.entries()) times[i]!.push(await model.time());
    onRun(run + 1);
  }
  const [after, since, ended] = [processorTimes(), process.cpuUsage(here), await usages()];
  const children = ended.reduce((sum, { processor }, i) => sum + processor - used[i]!.processor, 0);
  return {
    times,
    memory: ended.map(({ memory }) => memory),
    othersLoad: loadOfOthers(before, after, children + (since.user + since.system) / 1000),
  };
}
