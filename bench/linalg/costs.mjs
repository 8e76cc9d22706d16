/**
 * The cost of each compression method on one layer, as a table for docs/methods.md.
 *
 *   node bench/linalg/costs.mjs [--rows 1024] [--cols 4096] [--rank 81] [--write]
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundled } from '../bundled.mjs';

const text = (value) => ({ type: 'string', default: value });
const { values } = parseArgs({
  options: {
    rows: text('1024'),
    cols: text('4096'),
    rank: text('81'),
    write: { type: 'boolean', default: false },
  },
});
const { rows, cols, rank } = values;
const one = await bundled('linalg/cost-of-one.ts');

const { methodFacts, knownOptimum, describeMachine } = await import(
  pathToFileURL(await bundled('linalg/costs.ts')).href
);
const optimum = knownOptimum(Number(rows), Number(rank));

const lines = [
  '| method | reads | seconds | extra memory | error / optimum | rank |',
  '| --- | --- | ---: | ---: | ---: | ---: |',
];
for (const name of ['factors', ...methodFacts.map((facts) => facts.name)]) {
  process.stderr.write(`${name}\n`);
  const out = execFileSync(process.execPath, [one, name, rows, cols, rank], { encoding: 'utf8' });
  const {
    reads,
    seconds,
    megabytes,
    error,
    rank: kept,
  } = JSON.parse(out.trim().split('\n').at(-1));
  lines.push(
    `| ${[
      name === 'factors' ? '(the factors)' : `\`${name}\``,
      reads.join(', '),
      seconds.toPrecision(2),
      `${Math.max(0, Math.round(megabytes))} MB`,
      error === undefined ? '' : (error / optimum).toFixed(2),
      kept ?? '',
    ].join(' | ')} |`,
  );
}
const { processor, node } = describeMachine();
const table = [
  ...lines,
  '',
  `Taken on ${new Date().toISOString().slice(0, 10)} by \`node bench/linalg/costs.mjs --write\`: one layer of ` +
    `${rows} x ${cols} with singular values 1/i, rank ${rank}; ${processor}, one thread, wasm for the ` +
    `products of the factors, Node ${node}.`,
].join('\n');
console.log(table);
if (values.write) {
  const page = readFileSync('docs/methods.md', 'utf8');
  const [begin, end] = ['<!-- costs:begin -->', '<!-- costs:end -->'];
  const from = page.indexOf(begin) + begin.length;
  const to = page.indexOf(end);
  if (to < from) throw new Error(`docs/methods.md has no markers ${begin} and ${end}`);
  writeFileSync('docs/methods.md', `${page.slice(0, from)}\n\n${table}\n\n${page.slice(to)}`);
}
