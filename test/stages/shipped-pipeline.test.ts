/** The plan of the repository's pipeline, by configuration. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDocument } from '../../src/runner/document/read-document.ts';
import { expand } from '../../src/runner/graph/expand.ts';
import type { Stage } from '../../src/runner/graph/pipeline.ts';
import { stageTypes } from '../../src/stages/index.ts';

function planned(config: string, settings: readonly string[] = []): readonly Stage[] {
  const read = readDocument({
    pipeline: { path: 'pipeline.yaml', text: readFileSync('pipeline.yaml', 'utf8') },
    readConfig: (path) =>
      path === 'mine.yaml' ? { path, text: config } : { path, text: readFileSync(path, 'utf8') },
    configs: ['mine.yaml'],
    settings: [...settings],
    environment: {},
  });
  if (!read.ok) throw new Error(JSON.stringify(read.error.diagnostics));
  const expanded = expand(read.value, stageTypes);
  if (!expanded.ok) throw new Error(JSON.stringify(expanded.error.diagnostics));
  return expanded.value.stages;
}

const tuned = (stages: readonly Stage[]): readonly string[] =>
  stages.filter(({ type }) => type.name === 'finetune').map(({ id }) => id);

const STUDY = `
svd: { rates: [1, 2, 5] }
cur: { methods: [cur-published], rates: [2, 5], seeds: [0, 1] }
whole: { methods: [svd], rates: [2] }
factoring: { schemes: [channel] }
`;

describe('fine-tuning in the shipped pipeline', () => {
  it('includes every compressed network, with a control, by default', () => {
    // Three of the SVD, four of the CUR, the full network and the control.
    expect(tuned(planned(STUDY))).toHaveLength(3 + 4 + 1 + 1);
  });

  it('can be switched off: a study that is post-hoc only', () => {
    const stages = planned(`${STUDY}finetuning: { methods: [] }`);
    expect(tuned(stages)).toEqual([]);
    const of = (name: string): readonly Stage[] => stages.filter((stage) => stage.name === name);
    expect(of('evaluate')).toHaveLength(7);
    for (const stage of [...of('evaluate'), ...of('baseline')]) {
      expect(stage.inputs.get('models')).toHaveLength(1);
    }
    expect(of('report')[0]!.inputs.get('models')).toEqual([
      { stage: 'train[dataset=mnist,trial=0]', port: 'model' },
    ]);
    expect(tuned(planned(STUDY, ['finetuning.rates=[]']))).toEqual([]);
  });

  it('can include only some methods and rates', () => {
    expect(tuned(planned(STUDY, ['finetuning.methods=[svd]', 'finetuning.rates=[5]']))).toEqual([
      'finetune[dataset=mnist,trial=0,method=svd,rate=5,seed=0]',
      'control[dataset=mnist,trial=0]',
    ]);
    const curs = tuned(planned(STUDY, ['finetuning.methods=[cur-published]']));
    expect(curs).toHaveLength(5);
  });
});

describe('own images in the shipped pipeline', () => {
  const dataOf = (stages: readonly Stage[]): readonly string[] =>
    stages.filter(({ type }) => ['download', 'images'].includes(type.name)).map(({ id }) => id);

  it('are added by one setting, or take the place of the data sets', () => {
    const both = planned(STUDY, ['images=photos']);
    expect(dataOf(both)).toEqual(['download[dataset=mnist]', 'images[dataset=photos]']);
    const own = planned(STUDY, ['images=[data/photos.zip]', 'datasets=[]']);
    expect(dataOf(own)).toEqual(['images[dataset=data/photos.zip]']);
    expect(own.length * 2).toBe(both.length + 1);
  });

  it('are read from that path, and get the size of the network', () => {
    const stages = planned(STUDY, ['images=photos', 'network.size=64', 'ownImages.title=Photos']);
    const images = stages.find(({ type }) => type.name === 'images')!;
    expect(images.files.get('images')!.path).toBe('photos');
    expect(images.parameters).toMatchObject({ title: 'Photos', resize: 64, crop: 64, test: null });
  });

  it('are those of the comment in configs/compare.yaml', () => {
    const compare = readFileSync('configs/compare.yaml', 'utf8');
    expect(dataOf(planned(compare))).toContain('images[dataset=data/images.tar.gz]');
    const settings = [...compare.matchAll(/--set '?([^\s']+)/g)].map(([, setting]) => setting!);
    expect(dataOf(planned(compare, settings.slice(0, 2)))).toContain('images[dataset=photos]');
    expect(dataOf(planned(compare, settings.slice(2)))).toEqual(['download[dataset=mnist]']);
  });
});

describe('old names', () => {
  const problemsOf = (config: string): readonly string[] => {
    const read = readDocument({
      pipeline: { path: 'pipeline.yaml', text: readFileSync('pipeline.yaml', 'utf8') },
      readConfig: (path) => ({ path, text: config }),
      configs: ['mine.yaml'],
      settings: [],
      environment: {},
    });
    const result = read.ok ? expand(read.value, stageTypes) : read;
    const problems = result.ok ? [] : result.error.diagnostics;
    return problems.map(
      ({ message, span }) => `${span?.file}:${span?.line}:${span?.column} ${message}`,
    );
  };

  it.each([
    [
      'svd: { methods: [svd, svd-seed], rates: [2] }',
      'mine.yaml:1:23 "method": svd-seed is now called svd-published',
    ],
    [
      'cur: { methods: [cur-seed], rates: [2] }',
      'mine.yaml:1:18 "method": cur-seed is now called cur-published',
    ],
    [
      'search: { methods: [svd-seed] }',
      'mine.yaml:1:21 "method": svd-seed is now called svd-published',
    ],
    [
      'calibrated: { methods: [cur-seed], rates: [2] }',
      'mine.yaml:1:25 "method": cur-seed is now called cur-published',
    ],
    ['network: { head: seed }', 'mine.yaml:1:18 "network.head": seed is now called published'],
    [
      'report: { colours: { cur-seed: "#000000" } }',
      'mine.yaml:1:32 "colours.cur-seed": cur-seed is now called cur-published',
    ],
  ])('are refused with the new name: %s', (config, problem) => {
    expect(new Set(problemsOf(config))).toEqual(new Set([problem]));
  });
});
