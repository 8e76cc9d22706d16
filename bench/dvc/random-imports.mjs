/**
 * Compares imports of random DVC pipelines with what the real DVC resolves them to. Nothing runs.
 *
 *     node bench/dvc/random-imports.mjs <dvc executable> [count] [first seed]
 */
import { resolve } from 'node:path';
import { differences, importJson } from './compare-import.mjs';
import { randomProject } from './random-pipeline.mjs';
import { makeProject, readProjects } from './real-dvc.mjs';

const [dvc, count = '100', first = '1'] = process.argv.slice(2);
const seeds = Array.from({ length: Number(count) }, (_, i) => Number(first) + i);
const projects = seeds.map((seed) => makeProject(randomProject(seed).files));
const folders = projects.map(({ folder }) => folder);
const views = readProjects(folders, resolve(dvc));
const totals = { pipelines: 0, stages: 0, refusedByBoth: 0, different: 0, matrices: 0, split: 0 };
for (const [index, view] of views.entries()) {
  totals.pipelines++;
  const ours = importJson(folders[index]);
  totals.stages += ours.stages.length;
  totals.matrices += ours.stages.filter(({ stage }) => stage.includes('[')).length;
  totals.split += ours.notes.filter(({ message }) => message.includes("can't be axes")).length;
  const same =
    String(ours.stages.map(({ dvc: name }) => name).sort()) ===
    String(Object.keys(view.stages).sort());
  const found =
    ours.accepted !== view.runs
      ? [`DVC ${view.runs ? 'accepts' : 'refuses'} it: ${view.said ?? ours.problems[0]?.message}`]
      : !ours.accepted
        ? []
        : [
            ...(same ? [] : ['the lists of stages differ']),
            ...differences(ours, view.stages, folders[index]),
          ];
  if (!ours.accepted && !view.runs) totals.refusedByBoth++;
  if (found.length > 0) {
    totals.different++;
    console.log(`seed ${seeds[index]}:`);
    for (const one of found) console.log(`  ${one}`);
  }
  projects[index].remove();
}
console.log(totals);
process.exitCode = totals.different === 0 ? 0 : 1;
