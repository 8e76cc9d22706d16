/**
 * Compares the importer with the real DVC, on the examples of a checkout of dvcyaml-schema and on small projects.
 *
 *     node bench/dvc/conformance.mjs <dvcyaml-schema folder> <dvc executable>
 *
 * DVC reads a file in two steps: `stage list` resolves it, and `dag` (like `repro`) also looks for cycles and overlaps.
 * If DVC refuses a file in either step, the importer must refuse it with `--strict`. Without `--strict`, it must leave
 * out the parts that DVC would not run, and report them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { accepted, refused } from './cases.mjs';
import { differences, importJson } from './compare-import.mjs';
import { listedStages, makeProject, readProjects } from './real-dvc.mjs';

const [schema, dvcGiven] = process.argv.slice(2);
if (!schema || !dvcGiven) {
  console.error('usage: node bench/dvc/conformance.mjs <dvcyaml-schema folder> <dvc executable>');
  process.exit(2);
}
const dvc = resolve(dvcGiven);
let disagreements = 0;
const word = (yes) => (yes ? 'accepts' : 'refuses');

/** `expected`: whether the two verdicts agree. */
function compareAll(title, projects, expected, withCommandLine = false) {
  console.log(`\n${title}`);
  console.log(`${' '.repeat(53)}DVC list DVC dag  import   --strict stages lists   differences`);
  const made = projects.map(([, files]) => makeProject(files));
  const folders = made.map(({ folder }) => folder);
  const views = readProjects(folders, dvc);
  const results = projects.map(([name], index) => {
    const listed = withCommandLine ? listedStages(folders[index], dvc) : undefined;
    return compare(name, folders[index], { ...views[index], listed }, expected);
  });
  for (const { remove } of made) remove();
  return results;
}

function compare(name, folder, { accepted, runs, stages, listed }, expected) {
  const ours = importJson(folder);
  const strict = importJson(folder, '--strict');
  const names = ours.stages.map((one) => one.dvc).sort();
  const theirs = listed ?? Object.keys(stages).sort();
  const lists = accepted ? (String(names) === String(theirs) ? 'equal' : 'DIFFER') : '-';
  const found = strict.accepted && accepted ? differences(ours, stages, folder) : undefined;
  const first = strict.problems[0];
  const hasPlace =
    strict.accepted || (first && strict.problems.every((one) => one.line !== undefined));
  const agrees =
    lists !== 'DIFFER' &&
    !found?.length &&
    hasPlace &&
    expected({ ours: ours.accepted, strict: strict.accepted, runs });
  if (!agrees) disagreements++;
  const columns = [accepted, runs, ours.accepted, strict.accepted].map(word).join('  ');
  const label = name
    .replace(/\.dvc\.yaml$/, '')
    .slice(0, 48)
    .padEnd(48);
  const end = `${String(names.length).padStart(5)}  ${lists.padEnd(6)}  ${found ? found.length : '-'}`;
  console.log(`${agrees ? 'ok ' : 'NOT'}  ${label} ${columns} ${end}`);
  if (first) console.log(`       ${first.file}:${first.line}:${first.column}: ${first.message}`);
  for (const one of found ?? []) console.log(`       ${one}`);
  return { ours, strict, accepted, runs, lists };
}

const examples = (kind) =>
  readdirSync(join(schema, 'examples', kind))
    .sort()
    .map((file) => [
      file,
      { 'dvc.yaml': readFileSync(join(schema, 'examples', kind, file), 'utf8') },
    ]);

const valid = compareAll(
  "Examples that DVC's schema accepts",
  examples('valid'),
  // The schema allows more than DVC's program, such as a map under "plots".
  ({ ours, strict, runs }) => ours && (strict || !runs),
  true,
);
const invalid = compareAll(
  "Examples that DVC's schema refuses",
  examples('invalid'),
  ({ ours, runs }) => !ours && !runs,
);
const own = compareAll(
  'Small projects',
  Object.entries(accepted),
  ({ ours, runs }) => ours && runs,
);
const bad = compareAll(
  'Small projects that DVC refuses',
  Object.entries(refused).map(([name, text]) => [name, { 'dvc.yaml': text }]),
  ({ strict, runs }) => !strict && !runs,
);

const count = (results, test) => results.filter(test).length;
console.log(`
examples/valid    ${valid.length}: import accepts ${count(valid, (r) => r.ours.accepted)}, with --strict ${count(valid, (r) => r.strict.accepted)}; DVC lists ${count(valid, (r) => r.accepted)}, would run ${count(valid, (r) => r.runs)}; lists equal ${count(valid, (r) => r.lists === 'equal')}
examples/invalid  ${invalid.length}: import refuses ${count(invalid, (r) => !r.ours.accepted)}
small projects    ${own.length}: import accepts ${count(own, (r) => r.ours.accepted)}
refused projects  ${bad.length}: import --strict refuses ${count(bad, (r) => !r.strict.accepted)}, DVC ${count(bad, (r) => !r.runs)}
disagreements     ${disagreements}`);
process.exitCode = disagreements === 0 ? 0 : 1;
