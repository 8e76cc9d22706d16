/** A project whose plan is stored as rows. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { expect } from 'vitest';
import { ok } from '../../src/base/result.ts';
import { defineStage } from '../../src/runner/graph/stage-type.ts';
import { digestOf } from '../../src/runner/key/digest.ts';
import { Rig } from './rig.ts';

export class RowsRig extends Rig {
  write(path: string, content: string): void {
    const full = join(this.root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
  }

  /** Runs everything, so that the plan is stored as rows. */
  async ready(): Promise<void> {
    this.types.set('read', read);
    this.codes = { ...this.codes, read: { digest: digestOf('read'), packages: {}, files: {} } };
    this.configs = { 'tuned.yaml': 'word: tuned\n' };
    this.environment = { WHERE: 'here', UNUSED: '1' };
    this.write('data.txt', 'data');
    this.write('folder/one.txt', 'one');
    const { executor } = this;
    executor.instead.set('undefined', ({ parameters, outputs }) => {
      writeFileSync(join(outputs.out!, 'value.txt'), String(parameters.text));
      return ok(undefined);
    });
    expect((await this.run(text)).finished).toMatchObject({ executed: 3, failed: 0 });
    expect(await this.run(text)).toMatchObject({ idle: true, finished: { cached: 3 } });
  }

  shown(path: string): string {
    return join(this.layout.latest, path);
  }

  /** The only record or object whose text satisfies `holds`. */
  stored(folder: string, holds: (text: string) => boolean): string {
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile() && holds(readFileSync(path, 'utf8')));
    expect(paths).toHaveLength(1);
    return paths[0]!;
  }
}

/** Reads a variable, an environment variable, a configuration, a file and a folder. */
export const text = `
config: tuned.yaml
vars: { word: plain, other: 1 }
stages:
  a: { uses: read, with: { text: "\${word}" }, inputs: { file: ./data.txt } }
  b: { uses: read, with: { text: "\${env.WHERE}" }, inputs: { file: ./folder } }
  c: { uses: make, with: { name: c, text: x } }
`;

const read = defineStage({
  name: 'read',
  description: 'writes its text',
  parameters: v.strictObject({ text: v.string() }),
  inputs: { file: { kind: 'file' } },
  outputs: { out: 'file' },
  load: async () => ({ run: () => Promise.reject(new Error('the rig runs it')) }),
});
