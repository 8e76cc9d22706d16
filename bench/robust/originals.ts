/**
 * The pipelines that mutations start from: the project's pipeline, and one of commands that uses
 * every key.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Original } from './mutations.ts';

/** `root` is the folder of the project. */
export function originalsOf(root: string): Original[] {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  return [
    {
      pipeline: read('pipeline.yaml'),
      files: { 'configs/quick.yaml': read('configs/quick.yaml') },
    },
    {
      pipeline: commands,
      files: { 'more.yaml': more, 'config.yaml': config, 'params.yaml': params },
    },
  ];
}

const commands = `include: [more.yaml]
config: config.yaml
vars:
  rates: [1, 2, 4]
  name: first
  deep: { er: { value: 3, text: "\${name} and more" } }
stages:
  prepare:
    description: cleans the text
    run: [sort data.txt > sorted.txt, "uniq sorted.txt > clean/all.txt"]
    files: [data.txt, scripts]
    outputs: [clean]
    scratch: [sorted.txt, "*.tmp"]
    timeout: 30m
  count:
    uses: command
    run: sh scripts/count.sh \${matrix.rate} \${matrix.mode} > counts.json
    matrix:
      rate: \${rates}
      mode: [fast, slow]
      include: [{ rate: 8, mode: slow }]
      exclude: [{ rate: 1, mode: slow }]
    params: { params.yaml: [train.rate, seed] }
    inputs: { clean: prepare.clean }
    files: [scripts/count.sh]
    outputs: { counts: counts.json }
    metrics: [counts]
    env: { LC_ALL: C, NAME: "\${deep.er.text} $\${HOME}" }
    passEnv: [PATH, HOME]
    resources: { cpu: 2, gpu: 0.5, memory: 4GB, network: 1 }
    retry: { times: 2, wait: 10s }
  square:
    each: count
    run: cat in.json > out.txt
    inputs: { in.json: count.counts }
    outputs: [out.txt]
    retry: 1
  merge:
    run: cat parts/* extra > merged.txt
    inputs: { parts: ["square[*]"], one: "count[rate=2,mode=fast].counts", extra: other.file }
    outputs: [merged.txt]
`;

const more = `vars: { greeting: hello }
stages:
  other:
    run: echo \${greeting} > file
    outputs: [file]
`;

const config = `rates: [1, 2]
deep: { er: { value: 4 } }
`;

const params = `train: { rate: 0.5, epochs: 3 }
seed: 1
unused: [1, 2, 3]
`;
