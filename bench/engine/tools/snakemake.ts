/**
 * Snakemake: one rule with wildcards for all links, which it reads far faster than a rule a link.
 *
 * All that it looks at by itself (times, parameters, code, input sets) stays on. Its first run of ten
 * thousand jobs takes many minutes, so there the outputs are written, each later than what it is made of.
 * The records of a run of its own, which it would then read too, are not there: that spares it work.
 */
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Dag, links } from '../dag.ts';
import { recipeOf } from './recipe.ts';
import type { Places, Tool } from './tool.ts';
import { versionOf } from './version.ts';

export function snakemakeTool({ venv, jobs }: Places): Tool {
  const program = venv === undefined ? 'snakemake' : join(venv, 'bin', 'snakemake');
  return {
    name: 'Snakemake',
    form: 'one Snakefile, one rule with wildcards',
    version: () => versionOf(program, '--version'),
    generate(folder, { chains, length }) {
      writeFileSync(join(folder, 'Snakefile'), snakefile(chains, length));
    },
    command: () => ({ words: [program, '--cores', String(jobs), '--quiet', 'all'] }),
    outputOf: (folder, chain, at) => join(folder, `out/c${chain}-${at}.txt`),
    importState: { from: 5000, what: 'its outputs written', write: writeOutputs },
  };
}

function writeOutputs(folder: string, dag: Dag): void {
  let time = Date.now() / 1000 - 60;
  for (const link of links(dag)) {
    const { needs, target } = recipeOf(link);
    for (const file of link.files) utimesSync(join(folder, file), time - 60, time - 60);
    const before = needs.map((path) => readFileSync(join(folder, path), 'utf8')).join('');
    const path = join(folder, target);
    writeFileSync(path, `${before}${link.line}\n`);
    time += 0.001;
    utimesSync(path, time, time);
  }
}

function snakefile(chains: number, length: number): string {
  return `
def needs(wildcards):
    chain, at = wildcards.chain, int(wildcards.at)
    first = f"src/{chain}.txt" if at == 0 else f"out/c{chain}-{at - 1}.txt"
    return [first, f"leaf/{chain}.txt"] if at == ${length - 1} else [first]

rule all:
    input: expand("out/c{chain}-${length - 1}.txt", chain=range(${chains}))

rule link:
    input: needs
    output: "out/c{chain}-{at}.txt"
    wildcard_constraints: chain="[0-9]+", at="[0-9]+"
    shell: "(cat {input}; echo link {wildcards.at} of {wildcards.chain}) > {output}"
`;
}
