/** Times, memory and file sizes, and the configurations that compression made slower. */
import type { Summary } from '../summary.ts';
import type { Timing } from '../timings.ts';
import { CONFIGURATION, type ColumnOf, number, type Table, tableOf, text } from './table.ts';

/** The columns that say what was measured. */
const MEASURED: readonly ColumnOf<Timing>[] = [
  ...CONFIGURATION.map((column) => ({
    ...column,
    value: ({ of }: Timing) => column.value(of),
  })),
  number('batch', 'Batch', 'rate', ({ batch }) => batch),
  number('threads', 'Threads', 'rate', ({ threads }) => threads),
];

const RATIO = number<Timing>(
  'time_ratio',
  'Time / original',
  'ratio',
  ({ compared }) => compared?.ratio ?? null,
);

const time = number<Timing>('time', 'Time (ms)', 'time', (one) => one.time.median);
const original = number<Timing>(
  'original_time',
  'Original (ms)',
  'time',
  ({ compared }) => compared?.original.median ?? null,
);

export function slowerTable({ study, timings }: Summary): Table {
  const slower = timings.filter(({ compared }) => compared?.speed === 'slower');
  return tableOf(
    'slower',
    `Configurations that compression made slower: ${study.model} on ${study.dataset}`,
    slower,
    [
      ...MEASURED,
      number('accuracy', 'Accuracy', 'percent', ({ of }) => of.accuracy.median),
      time,
      original,
      RATIO,
    ],
  );
}

export function latencyTable({ study, timings }: Summary): Table {
  return tableOf('latency', `Times and memory: ${study.model} on ${study.dataset}`, timings, [
    ...MEASURED,
    time,
    number('time_lower', 'Lower quartile', 'time', (one) => one.time.lowerQuartile),
    number('time_upper', 'Upper quartile', 'time', (one) => one.time.upperQuartile),
    original,
    RATIO,
    text('verdict', 'Verdict', ({ compared }) => compared?.speed ?? ''),
    number('runs', 'Runs', 'count', ({ runs }) => runs),
    text('noisy', 'Noisy', ({ isNoisy }) => (isNoisy ? 'yes' : '')),
    number('memory', 'Memory (bytes)', 'count', ({ memory }) => memory),
    number('file_size', 'File (bytes)', 'count', ({ bytes }) => bytes),
  ]);
}
