/** A project with a configuration, whose results the test exports. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Terminal } from './terminal.ts';

export const text = `
vars: { word: plain, rates: [1, 2] }
stages:
  base: { uses: make, with: { name: base } }
  part:
    uses: make
    matrix: { rate: "\${rates}" }
    with: { name: "part \${matrix.rate}", text: "\${word} \${matrix.rate}" }
    inputs: { from: base }
`;

export class ExportTerminal extends Terminal {
  override text = text;
  readonly target = join(this.rig.root, 'exported');

  constructor() {
    super();
    const { rig } = this;
    rig.configs = { 'small.yaml': 'word: small' };
    writeFileSync(join(rig.root, 'pipeline.yaml'), text);
    writeFileSync(join(rig.root, 'small.yaml'), 'word: small');
    const project = rig.project.bind(rig);
    const origin = { version: '1.2.3', commit: 'c0ffee'.padEnd(40, '0'), changed: true };
    rig.project = (given) => ({ ...project(given), origin: async () => origin });
  }

  exported(...words: string[]) {
    return this.pipeline('export', ...words);
  }
}
