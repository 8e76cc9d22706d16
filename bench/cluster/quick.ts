/** The pipeline of this repository, on the cluster and on this machine: the reports have the same bytes. */
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkSuccess, onCluster, printed, type Scenario } from './scenario.ts';
import { Workspace } from './workspace.ts';

/** A very small network. */
const TINY = `
network: { width: 0.0625, hidden: 32 }
training: { epochs: 1, batch: 32, learningRate: 2.0e-3, weightDecay: 0, limit: 2000 }
svd: { rates: [4] }
cur: { methods: [cur-published], rates: [2] }
finetuning: { epochs: 1, batch: 32, learningRate: 1.0e-3, weightDecay: 0, limit: 500 }
`;

export const quick: Scenario = (given) =>
  onCluster(given, {}, async ({ project, head, faults, short, program, root }) => {
    const local = new Workspace(root);
    try {
      for (const { folder } of [project, local]) copyPipeline(program, folder);
      for (const one of [project, local]) one.write('tiny.yaml', TINY);
      const words = short ? ['-c', 'tiny.yaml'] : [];
      const sent = head(...words);
      await checkSuccess(sent, faults);
      const here = await printed(program, ['run', '--quiet', ...words], {
        cwd: local.folder,
        env: process.env,
      });
      if (here.code !== 0) faults.push(`the local run ended with ${here.code}: ${here.text}`);
      const latest = short ? 'latest-tiny' : 'latest';
      const [there, expected] = [project, local].map(({ folder }) =>
        digestsIn(join(folder, 'artifacts', latest, 'report')),
      );
      if (expected!.size === 0) faults.push('there is no report');
      for (const name of new Set([...there!.keys(), ...expected!.keys()])) {
        if (there!.get(name) !== expected!.get(name)) faults.push(`${name} differs`);
      }
      return { executed: sent.finished?.executed, files: expected!.size };
    } finally {
      local.remove();
    }
  });

function copyPipeline(program: string, folder: string): void {
  const repository = dirname(dirname(program));
  for (const name of ['pipeline.yaml', 'configs']) {
    cpSync(join(repository, name), join(folder, name), { recursive: true });
  }
}

function digestsIn(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return new Map(files.map((name) => [name, digestOf(readFileSync(join(folder, name)))]));
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
