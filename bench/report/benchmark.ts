/** The time of `pipeline run` after a change of the style of the report, with the results of the quick configuration. */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { describeMachine } from '../engine/machine.ts';
import { say, writeSection } from '../side-by-side.ts';

const HELP = `node bench/report/run.mjs [--runs 5] [--write]

Needs the results of "pipeline run" and GNU time. --write puts the table into bench/README.md.`;

interface Case {
  readonly name: string;
  /** The words after `pipeline run`. No two runs have the same style, so that each draws. */
  words(run: number): readonly string[];
}

const cases: readonly Case[] = [
  { name: 'nothing to do', words: () => [] },
  {
    name: 'one figure, another size of its text',
    words: (run) => [
      'report',
      ...['--set', 'report.figures.only=[accuracy]'],
      ...['--set', `report.figures.fontSize=${unused(run) / 1e6}`],
    ],
  },
  {
    name: 'all figures, another colour',
    words: (run) => ['--set', `report.colours={svd: "#${unused(run).toString(16)}"}`],
  },
];

export function main(words: readonly string[]): number {
  const { values } = parseArgs({
    args: [...words],
    options: {
      runs: { type: 'string', default: '5' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const ready = timed([]);
  if (ready.executed > 0) say(`${ready.executed} stages were not up to date; they are now`);
  const runs = Array.from({ length: Number(values.runs) }, (_, run) => run);
  const rows = cases.map(({ name, words: wordsOf }) => {
    const times = runs.map((run) => timed(wordsOf(run)));
    const executed = [...new Set(times.map((one) => one.executed))].join(', ');
    const [wall, cpu] = (['wall', 'cpu'] as const).map((kind) =>
      median(times.map((one) => one[kind])).toFixed(2),
    );
    say(`  ${name}: ${wall} s, ${cpu} s of CPU time`);
    return `| ${name} | ${executed} | ${wall} s | ${cpu} s |`;
  });
  timed([]);
  const { processor, cores, node, load } = describeMachine('.');
  const markdown = [
    '| change | stages that ran | time | CPU time |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    `Medians of ${runs.length} runs on ${processor}, ${cores} cores, Node ${node}; load of the machine after: ${load.toFixed(1)}.`,
  ].join('\n');
  process.stdout.write(`${markdown}\n`);
  if (values.write) writeSection('report', markdown);
  return 0;
}

/** Six digits that no earlier run had. As a size, 8 to 8.9 points; as a colour, a shade of blue. */
function unused(run: number): number {
  return 8_000_000 + ((Math.floor(Date.now() / 1000) * 10 + run) % 900_000);
}

function timed(words: readonly string[]) {
  const program = [process.execPath, 'scripts/pipeline.mjs', 'run', ...words];
  const { stdout, stderr, status } = spawnSync('time', ['-f', '%e %U %S', ...program], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${program.join(' ')}: ${stdout}${stderr}`);
  const [wall, user, system] = stderr.trim().split('\n').at(-1)!.split(' ').map(Number);
  const executed = Number(/(\d+) executed/.exec(stdout)?.[1] ?? Number.NaN);
  return { wall: wall!, cpu: user! + system!, executed };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
