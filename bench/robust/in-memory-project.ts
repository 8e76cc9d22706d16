/** A project of files in memory with the real stage types, for reading and planning only. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ok } from '../../src/base/result.ts';
import type { Project } from '../../src/runner/index.ts';
import { digestOf } from '../../src/runner/key/digest.ts';
import { loadStageModule } from '../../src/runner/modules/stage-modules.ts';
import { Layout } from '../../src/runner/store/layout.ts';
import { stageTypes } from '../../src/stages/index.ts';
import type { OpenProject } from './mutations.ts';

/** The input files of the original pipeline are in `root`. Only texts of documents change. */
export function projectsIn(root: string): OpenProject {
  for (const path of ['data.txt', 'scripts/count.sh']) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `the bytes of ${path}\n`);
  }
  const code = (name: string) => ({ digest: digestOf(name), packages: {}, files: {} });
  const codes = Object.fromEntries([...stageTypes.keys()].map((name) => [name, code(name)]));
  return (files): Project => {
    const read = (path: string) => {
      const text = Object.hasOwn(files, path) ? files[path] : undefined;
      return text === undefined ? undefined : { path, text };
    };
    if (files['params.yaml'] !== undefined) {
      writeFileSync(join(root, 'params.yaml'), files['params.yaml']);
    }
    const layout = new Layout(join(root, 'artifacts'));
    const tools = { root, layout, library: 'none:', bundler: () => import('esbuild') };
    return {
      stageTypes: async () => stageTypes,
      codes,
      chooseFacts: () => async () =>
        ok({ facts: { backend: 'test 1' }, notes: [], isNamed: false }),
      layout,
      root,
      environment: { HOME: '/home/somebody', PATH: '/bin' },
      path: 'pipeline.yaml',
      readPipeline: () => read('pipeline.yaml'),
      readConfig: read,
      pathOf: () => undefined,
      loadType: (path) => loadStageModule(path, tools),
    };
  };
}
