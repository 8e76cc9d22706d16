/** This project in two forms: one stage per link, or one stage per position with a matrix of chains. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Dag, leafOf, lineOf, links, sourceOf } from '../dag.ts';
import type { Places, Tool } from './tool.ts';
import { versionOf } from './version.ts';

export function singlesTool(places: Places): Tool {
  return {
    name: 'pipeline',
    form: 'one pipeline.yaml, one stage per link',
    ...started(places),
    generate(folder, dag) {
      const stages = [...links(dag)].map((link) =>
        stageText(link.name, { ...link, input: link.before }),
      );
      writeFileSync(join(folder, 'pipeline.yaml'), `stages:\n${stages.join('')}`);
    },
    outputOf: (folder, chain, at) => join(folder, `artifacts/latest/c${chain}-${at}/out.txt`),
  };
}

export function matrixTool(places: Places): Tool {
  return {
    name: 'pipeline, matrix',
    form: 'one pipeline.yaml, one stage per position in the chain, a matrix of 50',
    ...started(places),
    generate(folder, dag) {
      writeFileSync(join(folder, 'pipeline.yaml'), matrixText(dag));
    },
    outputOf: (folder, chain, at) =>
      join(folder, `artifacts/latest/link-${at}/chain=${chain}/out.txt`),
  };
}

function started({ program, jobs }: Places): Pick<Tool, 'version' | 'command'> {
  return {
    version: () => versionOf(process.execPath, program, '--version'),
    command: () => ({
      words: [process.execPath, program, 'run', '--quiet', '--jobs', String(jobs)],
    }),
  };
}

function matrixText({ chains, length }: Dag): string {
  const chain = '${matrix.chain}';
  const stages = Array.from({ length }, (_, at) => {
    const first = at === 0 ? [sourceOf(chain)] : [];
    const last = at === length - 1 ? [leafOf(chain)] : [];
    return stageText(`link-${at}`, {
      line: lineOf(chain, at),
      input: at === 0 ? undefined : `link-${at - 1}`,
      files: [...first, ...last],
      matrix: '    matrix: { chain: "${chains}" }\n',
    });
  });
  const axis = Array.from({ length: chains }, (_, at) => at).join(', ');
  return `vars: { chains: [${axis}] }\nstages:\n${stages.join('')}`;
}

interface StageText {
  readonly line: string;
  /** The stage whose output it reads. */
  readonly input: string | undefined;
  readonly files: readonly string[];
  readonly matrix?: string;
}

function stageText(name: string, { line, input, files, matrix = '' }: StageText): string {
  const before = input === undefined ? [] : ['in.txt'];
  const needs = [...before, ...files].join(' ');
  return [
    `  ${name}:\n`,
    matrix,
    `    run: (cat ${needs}; echo ${line}) > out.txt\n`,
    input === undefined ? '' : `    inputs: { in.txt: ${input}.out.txt }\n`,
    files.length === 0 ? '' : `    files: ["${files.join('", "')}"]\n`,
    '    outputs: [out.txt]\n',
  ].join('');
}
