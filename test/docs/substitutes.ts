/** Substitutes for the built program, for blocks that need the network, hours, or a second run. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ok } from '../../src/base/result.ts';
import { digestOf } from '../../src/runner/key/digest.ts';
import { stageTypes } from '../../src/stages/index.ts';
import { Terminal } from '../cli/terminal.ts';
import type { Printed } from './reader.ts';

export interface Substitute {
  run(command: string): Promise<Printed>;
  remove(): void;
}

export const substitutes: Readonly<Record<string, () => Substitute>> = {
  experiment: () => new Experiment(),
  'another run': () => new AnotherRun(),
};

/**
 * The pipeline of the repository, planned and printed by the real code. Only the computation is missing: each output is
 * one small file. So there are no numbers, and nothing is downloaded.
 */
class Experiment implements Substitute {
  private readonly terminal = new Terminal();
  private hasRun = false;

  constructor() {
    const { rig } = this.terminal;
    this.terminal.text = readFileSync('pipeline.yaml', 'utf8');
    this.terminal.notes = ['backend wasm 4.22.0 (pipeline doctor shows how to get a faster one)'];
    rig.facts = { backend: 'wasm 4.22.0' };
    for (const file of readdirSync('configs')) {
      const path = join('configs', file);
      rig.configs[path] = readFileSync(path, 'utf8');
    }
    for (const [name, type] of stageTypes) rig.types.set(name, type);
    const code = { digest: digestOf('a build'), packages: {}, files: {} };
    rig.codes = Object.fromEntries([...stageTypes.keys()].map((name) => [name, code]));
    rig.executor.execute = async ({ outputs, parameters }) => {
      for (const folder of Object.values(outputs)) {
        writeFileSync(join(folder, 'file'), JSON.stringify(parameters));
      }
      return ok(undefined);
    };
  }

  async run(command: string): Promise<Printed> {
    if (!this.hasRun) await this.terminal.pipeline('run', '--quiet');
    this.hasRun = true;
    const { code, out, err } = await this.terminal.pipeline(...wordsOf(command));
    return { code, lines: (err + out).trimEnd().split('\n') };
  }

  remove(): void {
    this.terminal.remove();
  }
}

/** Another run computes two stages until this run waits for both. */
class AnotherRun implements Substitute {
  private readonly terminal = new Terminal();

  async run(command: string): Promise<Printed> {
    const { rig } = this.terminal;
    const stage = (name: string): string => `  ${name}: { uses: make, with: { name: ${name} } }\n`;
    this.terminal.text = `stages:\n${stage('fast')}${stage('slow')}`;
    rig.executor.hold('fast', 'slow');
    const first = this.terminal.pipeline('run');
    const held = await Promise.all([rig.executor.next('fast'), rig.executor.next('slow')]);
    let waiting = 0;
    const bothWait = new Promise<void>((done) => {
      this.terminal.onText = (text) => {
        waiting += text.match(/^wait /gm)?.length ?? 0;
        if (waiting === 2) done();
      };
    });
    const second = this.terminal.pipeline(...wordsOf(command));
    await bothWait;
    for (const one of held) one.finish();
    await first;
    const { code, out, err } = await second;
    return { code, lines: (err + out).trimEnd().split('\n') };
  }

  remove(): void {
    this.terminal.remove();
  }
}

/** `npx pipeline plan --set 'a[1]=2'` as the arguments of `pipeline`. */
function wordsOf(command: string): string[] {
  const words = command.match(/(?:'[^']*'|[^\s'])+/g) ?? [];
  return words.slice(2).map((word) => word.replaceAll("'", ''));
}
