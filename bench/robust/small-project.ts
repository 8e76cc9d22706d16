/**
 * A small pipeline of commands that record how often they ran, in a file outside of the outputs.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SmallProject {
  readonly folder: string;
  readonly artifacts: string;
  /** The stages in the order in which their commands started, once for each start. */
  executions(): readonly string[];
  /** Lets the waiting stage continue. */
  release(): void;
}

/** If `held`, the first stage waits until it is released. */
export function makeSmallProject(folder: string, held = false): SmallProject {
  mkdirSync(folder, { recursive: true });
  const counts = join(folder, '..', `${folder.split('/').at(-1)}.log`);
  const go = join(folder, '..', `${folder.split('/').at(-1)}.go`);
  const count = (stage: string): string => `echo '${stage}' >> '${counts}'`;
  const wait = held ? `while [ ! -e '${go}' ]; do sleep 0.02; done` : 'sleep 0.05';
  writeFileSync(counts, '');
  writeFileSync(
    join(folder, 'pipeline.yaml'),
    `vars: { round: 1 }
stages:
  first:
    matrix: { part: [a, b] }
    run: ["${count('first[part=${matrix.part}]')}", "${wait}", "echo \${matrix.part} \${round} > out; mkdir tree; echo tree > tree/leaf; head -c 4200000 /dev/zero > large"]
    outputs: [out, tree, large]
  last:
    run: ["${count('last')}", "cat in-a in-b > out"]
    inputs: { in-a: "first[part=a].out", in-b: "first[part=b].out" }
    outputs: [out]
`,
  );
  return {
    folder,
    artifacts: join(folder, 'artifacts'),
    executions: () => readFileSync(counts, 'utf8').split('\n').filter(Boolean),
    release: () => writeFileSync(go, ''),
  };
}

export const STAGES = ['first[part=a]', 'first[part=b]', 'last'];
