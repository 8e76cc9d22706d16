/** Measures the models of each family: every compressed one in turn with its original. */
import { fixedBatch } from '../../../nn/runtime/batches.ts';
import { type Feed, madeFeeds, sampleFeeds } from '../../../nn/runtime/feeds.ts';
import { type BatchLatency, type LatencyRow, quartilesOf } from '../../../report/latency.ts';
import type { InputArtifact } from '../../../runner/index.ts';
import { type OnnxData, onnxData } from '../samples/onnx-samples.ts';
import { type Family, familiesOf, type MeasuredModel, nameOf } from './measured-model.ts';
import { MeasuringProcess } from './measuring-process.ts';
import { type Turns, takeTurns } from './take-turns.ts';

export interface Measuring {
  readonly batches: readonly number[];
  readonly threads: number;
  readonly runs: number;
  /** The inputs of ONNX models. Without it, they are made up. */
  readonly data: InputArtifact | undefined;
  readonly signal: AbortSignal;
  readonly log: (text: string) => void;
  readonly onProgress: (done: number, count: number, name: string) => void;
}

export async function measureModels(
  models: readonly MeasuredModel[],
  measuring: Measuring,
): Promise<readonly LatencyRow[]> {
  const rows: LatencyRow[] = [];
  for (const family of familiesOf(models)) {
    const onProgress = (done: number, name: string) =>
      measuring.onProgress(rows.length + done, models.length, name);
    rows.push(...(await measureFamily(family, measuring, onProgress)));
  }
  return rows;
}

async function measureFamily(
  { original, others }: Family,
  measuring: Measuring,
  onProgress: (done: number, name: string) => void,
): Promise<readonly LatencyRow[]> {
  const first = original && (await open(original, measuring));
  try {
    const turns = new Map<number, Turns[]>();
    const rows: LatencyRow[] = [];
    for (const [i, model] of others.entries()) {
      const second = await open(model, measuring);
      try {
        const pair = first ? [first, second] : [second];
        const of = (share: number) => onProgress(i + share, nameOf(model.identity));
        const measured = await measurePair(pair, measuring, of);
        for (const [batch, one] of measured) turns.set(batch, [...(turns.get(batch) ?? []), one]);
        rows.push(
          rowFor(
            second,
            [...measured].map((one) => latencyOf(one, pair)),
          ),
        );
      } finally {
        second.process.close();
      }
    }
    if (first === undefined) return rows;
    if (others.length === 0) {
      const alone = await measurePair([first], measuring, (share) =>
        onProgress(share, nameOf(first.model.identity)),
      );
      for (const [batch, one] of alone) turns.set(batch, [one]);
    }
    return [rowFor(first, [...turns].map(originalLatency)), ...rows];
  } finally {
    first?.process.close();
  }
}

interface Opened {
  readonly model: MeasuredModel;
  readonly process: MeasuringProcess;
  /** Undefined if its inputs are made up. */
  readonly data: OnnxData | undefined;
}

async function open(model: MeasuredModel, { threads, data, signal }: Measuring): Promise<Opened> {
  const { path, identity, images } = model;
  const file = { path, threads, name: nameOf(identity) };
  const process = await MeasuringProcess.open(file, signal);
  try {
    const given = data && images ? onnxData(data, process, images, 'test') : undefined;
    return { model, process, data: given };
  } catch (problem) {
    process.close();
    throw problem;
  }
}

/** By batch, from small to large: the memory is the most until then. */
async function measurePair(
  models: readonly Opened[],
  { batches, runs, log }: Measuring,
  onProgress: (share: number) => void,
): Promise<ReadonlyMap<number, Turns>> {
  const [{ process }] = models as [Opened];
  const fixed = fixedBatch(process);
  if (fixed !== undefined && batches.some((batch) => batch !== fixed)) {
    log(`${process.name} takes only batches of ${fixed}`);
  }
  const sizes = fixed === undefined ? [...new Set(batches)].sort((a, b) => a - b) : [fixed];
  const turns = new Map<number, Turns>();
  for (const [i, batch] of sizes.entries()) {
    const onRun = (done: number) => onProgress((i + done / runs) / sizes.length);
    const feeds = models.map((one) => feedsFor(one, batch));
    const processes = models.map((one) => one.process);
    turns.set(batch, await takeTurns(processes, feeds, runs, onRun));
  }
  return turns;
}

function feedsFor({ process, data }: Opened, batch: number): readonly Feed[] {
  return data ? sampleFeeds(data.samples, batch) : madeFeeds(process, batch);
}

function rowFor({ model, data }: Opened, batches: readonly BatchLatency[]): LatencyRow {
  const { identity, bytes } = model;
  return { ...identity, dataset: data?.title ?? identity.dataset, bytes, batches };
}

/** Of the last model of the pair; the first one is the original. */
function latencyOf(
  [batch, { times, memory, othersLoad }]: readonly [number, Turns],
  pair: readonly Opened[],
): BatchLatency {
  const time = times.at(-1)!;
  return {
    batch,
    time: quartilesOf(time),
    original: pair.length === 2 ? quartilesOf(times[0]!) : null,
    runs: time.length,
    memory: memory.at(-1)!,
    othersLoad,
  };
}

/** All runs of the original, beside whichever model. */
function originalLatency([batch, turns]: readonly [number, readonly Turns[]]): BatchLatency {
  const all = turns.flatMap(({ times }) => times[0]!);
  return {
    batch,
    time: quartilesOf(all),
    original: null,
    runs: all.length,
    // Later ones include the largest batch of the turns before.
    memory: turns[0]!.memory[0]!,
    othersLoad: Math.max(...turns.map((one) => one.othersLoad)),
  };
}
