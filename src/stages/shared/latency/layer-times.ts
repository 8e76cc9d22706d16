/** The output of `measure-layers`: `times.json`, with the milliseconds of each layer, whole and at some ranks. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { checkedJson } from '../../../base/checked-json.ts';
import { type InputArtifact, StageError } from '../../../runner/index.ts';
import type { LayerTimes } from '../layers/budget-units.ts';

const text = v.string('must be a text');
const count = v.pipe(
  v.number('must be a positive whole number'),
  v.integer('must be a positive whole number'),
  v.minValue(1, 'must be a positive whole number'),
);
const milliseconds = v.pipe(
  v.number('must be a positive number'),
  v.gtValue(0, 'must be a positive number'),
  v.finite('must be a positive number'),
);

const layer = v.object(
  {
    name: text,
    /** The size of the factored matrix. */
    rows: count,
    cols: count,
    whole: milliseconds,
    /** Ranks ascend. */
    ranks: v.array(
      v.object({ rank: count, time: milliseconds }, 'must be an object with rank and time'),
      'must be a list of ranks',
    ),
  },
  'must be an object with name, rows, cols, whole and ranks',
);

const schema = v.object(
  {
    processor: text,
    onnxruntime: text,
    threads: count,
    batch: count,
    /** How convolutions are factored. */
    scheme: text,
    /** Whether there are two factors or three. */
    factors: v.picklist([2, 3], 'must be 2 or 3'),
    layers: v.array(layer, 'must be a list of layers'),
  },
  'must be an object with processor, onnxruntime, threads, batch, scheme, factors and layers',
);

export type TimesTable = v.InferOutput<typeof schema>;
export type LayerTime = TimesTable['layers'][number];

const FILE = 'times.json';

export function writeTimes(folder: string, table: TimesTable): void {
  writeFileSync(join(folder, FILE), `${JSON.stringify(table, null, 2)}\n`);
}

/** The times as costs, in whole nanoseconds. */
export function readTimes(
  source: InputArtifact,
  asked: { readonly scheme: string; readonly form: string | null },
): LayerTimes {
  const advice = 'it is an output of a stage of the type "measure-layers"';
  const table = checkedJson(readFileSync(source.path(FILE), 'utf8'), schema, FILE, advice);
  const layers = new Map(table.layers.map((one) => [one.name, one]));
  return {
    costsOf: ({ name, kind, rows, cols }) => {
      const known = layers.get(name);
      if (!known || known.rows !== rows || known.cols !== cols) {
        throw unfit(`has no times of the layer ${name}`, 'select it');
      }
      if (table.factors !== factorsOf(asked.form)) {
        throw unfit(`has times of ${table.factors} factors per layer`, 'set the same "form"');
      }
      if (kind === 'convolution' && table.scheme !== asked.scheme) {
        throw unfit(`has times of the scheme "${table.scheme}"`, 'set the same "scheme"');
      }
      return {
        whole: nanoseconds(known.whole),
        // A rank that was not measured costs as much as the next one that was.
        ofRank: (rank) => {
          const found = known.ranks.find((one) => one.rank >= rank);
          return found ? nanoseconds(found.time) : Number.POSITIVE_INFINITY;
        },
      };
    },
  };
}

/** Only the number of factors matters for the time. */
export function factorsOf(form: string | null): 2 | 3 {
  return form === 'cur-three' ? 3 : 2;
}

function nanoseconds(time: number): number {
  return Math.max(1, Math.round(1e6 * time));
}

function unfit(problem: string, change: string): StageError {
  return new StageError(
    `its input "times" ${problem}`,
    `${change} in the stage of the type "measure-layers", and measure its input "model"`,
  );
}
