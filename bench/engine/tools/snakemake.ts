/**
 * Snakemake: one rule with wildcards for all links, which it reads far faster than one rule per link.
 *
 * All its default checks (times, parameters, code, input sets) stay on. A first run of ten thousand jobs takes many
 * minutes. So for that size, the outputs are written, each later than its inputs, together with the records that a run
 * would leave (format 6, as of Snakemake 9.27).
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
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
    importState: {
      from: 5000,
      what: 'outputs and records were written, not computed',
      write: writeOutputs,
    },
  };
}

function writeOutputs(folder: string, dag: Dag): void {
  const records = join(folder, '.snakemake', 'metadata');
  mkdirSync(records, { recursive: true });
  let time = Date.now() / 1000 - 60;
  for (const link of links(dag)) {
    const { needs, target } = recipeOf(link);
    for (const file of link.files) utimesSync(join(folder, file), time - 60, time - 60);
    const contents = needs.map((path) => readFileSync(join(folder, path), 'utf8'));
    const path = join(folder, target);
    writeFileSync(path, `${contents.join('')}${link.line}\n`);
    time += 0.001;
    utimesSync(path, time, time);
    const checksums = needs.map((need, i) => [need, `sha256:${sha256(contents[i]!)}`]);
    const record = {
      rule: 'link',
      input: needs,
      log: [],
      shellcmd: `(cat ${needs.join(' ')}; echo link ${link.at} of ${link.chain}) > ${target}`,
      params: [],
      code: SHELL,
      record_format_version: 6,
      conda_env: null,
      container_img_url: null,
      software_stack_hash: 'd41d8cd98f00b204e9800998ecf8427e',
      job_hash: 0,
      starttime: time,
      endtime: time,
      incomplete: false,
      external_jobid: null,
      input_checksums: Object.fromEntries(checksums),
    };
    const name = Buffer.from(target).toString('base64').replace(/\+/g, '-').replace(/\//g, '_');
    writeFileSync(join(records, name), JSON.stringify(record));
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const SHELL = '(cat {input}; echo link {wildcards.at} of {wildcards.chain}) > {output}';

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
    shell: "${SHELL}"
`;
}
