/**
 * An order is plain data: JSON does not change it, and building from the JSON gives the same
 * result.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fail } from '../../../src/base/result.ts';
import { readDocument } from '../../../src/runner/document/read-document.ts';
import { sourceOf } from '../../../src/runner/document/source.ts';
import { factsFor } from '../../../src/runner/execution/decide.ts';
import { type Order, orderOf } from '../../../src/runner/execution/order.ts';
import { ProcessExecutor } from '../../../src/runner/execution/process-executor.ts';
import { expand } from '../../../src/runner/graph/expand.ts';
import type { Pipeline, Stage } from '../../../src/runner/graph/pipeline.ts';
import { digestOf } from '../../../src/runner/key/digest.ts';
import { keyOf } from '../../../src/runner/key/fingerprint.ts';
import { stageTypes } from '../../../src/stages/index.ts';
import { buildWorker, CommandRig } from '../../stages/command-rig.ts';
import { Rig } from '../rig.ts';
import { asAnotherProcess, direct, runOn, throughJson } from './orders.ts';

const facts = { backend: 'tensorflow 1', gpu: 'none' };

function orderFor(stage: Stage): Order {
  const references = [...stage.inputs].map(
    ([port, taken]) => [port, taken.map((one) => digestOf(`${one.stage} ${one.port}`))] as const,
  );
  const files = [...stage.files].map(([port, { path }]) => [port, [digestOf(path)]] as const);
  const fingerprint = {
    record: 'stage/1' as const,
    type: stage.type.name,
    code: { digest: digestOf('code'), packages: { a: '1.0.0' }, files: {} },
    parameters: stage.parameters,
    inputs: Object.fromEntries([...references, ...files]),
    environment: factsFor(stage.type, facts),
  };
  const decision = {
    kind: 'run' as const,
    key: keyOf(fingerprint),
    fingerprint,
    reasons: [{ kind: 'first-run' as const }],
  };
  const share = { needs: { cpu: 1, gpu: 0, memory: 0, network: 0 }, gpus: [] };
  return orderOf(stage, decision, { run: 'r', attempt: 1, log: 'logs/1.log', share, facts });
}

function shipped(configs: readonly string[]): Pipeline {
  const document = readDocument({
    pipeline: sourceOf('pipeline.yaml', readFileSync('pipeline.yaml')),
    readConfig: (path) => sourceOf(path, readFileSync(path)),
    configs,
    settings: [],
    environment: {},
  });
  if (!document.ok) throw new Error(JSON.stringify(document.error.diagnostics));
  const expanded = expand(document.value, stageTypes, () => undefined);
  if (!expanded.ok) throw new Error(JSON.stringify(expanded.error));
  return expanded.value;
}

it.each([['configs/quick.yaml'], ['configs/compare.yaml'], ['configs/paper.yaml']])(
  'every stage of the shipped pipeline has an order that JSON does not change (%s)',
  (config) => {
    const { stages } = shipped([config]);
    expect(stages.length).toBeGreaterThan(5);
    for (const stage of stages) {
      const order = orderFor(stage);
      // Strictly, because JSON drops properties that are undefined.
      expect(throughJson(order), stage.id).toStrictEqual(order);
    }
  },
);

describe('orders that went through JSON give the same events, outputs and records', () => {
  const text = `
stages:
  first: { uses: make, with: { name: first, text: one } }
  second: { uses: make, matrix: { n: [1, 2, 3] }, with: { name: "s\${matrix.n}" }, inputs: { one: first } }
  flaky: { uses: make, with: { name: flaky }, retry: { times: 2, wait: 1ms }, timeout: 1h, resources: { memory: 1GB } }
  broken: { uses: make, with: { name: broken } }
  after: { uses: make, with: { name: after }, inputs: { from: broken } }
  last: { uses: make, with: { name: last }, inputs: { from: [second, flaky] } }
`;

  it('for the stages of the rig', async () => {
    const outcomes: unknown[] = [];
    for (const workplaceOf of [direct, asAnotherProcess]) {
      const rig = new Rig();
      const { instead } = rig.executor;
      try {
        let left = 2;
        instead.set('broken', () => fail({ kind: 'stage', message: 'no' }));
        instead.set('flaky', () => {
          if (--left === 0) instead.delete('flaky');
          return fail({ kind: 'died', code: 1, signal: null });
        });
        const first = await runOn(rig, text, rig.executor, workplaceOf);
        for (const order of first.orders) expect(throughJson(order)).toStrictEqual(order);
        const flaky = first.orders.filter(({ stage }) => stage.id === 'flaky');
        expect(flaky.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
        expect(flaky[0]!.limits).toEqual({ resources: { memory: 1e9 }, timeoutSeconds: 3600 });
        expect(first.events.at(-1)).toMatchObject({ executed: 6, failed: 1, skipped: 1 });
        instead.delete('broken');
        const changed = text.replace('text: one', 'text: two');
        const second = await runOn(rig, changed, rig.executor, workplaceOf, ['second[n=1]']);
        expect(second.events.at(-1)).toMatchObject({ executed: 7, cached: 1, failed: 0 });
        outcomes.push([first, second]);
      } finally {
        rig.remove();
      }
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
  });
});

describe('with commands in separate processes', () => {
  let folder: string;
  let worker: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'order-'));
    worker = await buildWorker(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const text = `
stages:
  one:
    run: 'cat data.txt > out.txt; printf "%s" "$GIVEN" >> out.txt; echo said; touch left'
    files: [data.txt]
    outputs: [out.txt]
    passEnv: [GIVEN]
    scratch: [left]
    timeout: 1h
  many:
    run: 'echo "$X" > n.txt; mkdir d; echo "\${matrix.n}" > d/f'
    matrix: { n: [1, 2.50, 12345678901234567891] }
    env: { X: '\${matrix.n}' }
    inputs: { in.txt: one }
    outputs: [n.txt, d]
  bad: { run: 'echo no >&2; exit 3', outputs: [x] }
`;

  it('the outputs and the keys are the same', async () => {
    const outcomes: unknown[] = [];
    for (const workplaceOf of [direct, asAnotherProcess]) {
      const rig = new CommandRig(worker);
      const { PATH = '' } = process.env;
      try {
        rig.write('data.txt', 'data');
        const executor = new ProcessExecutor(worker, { PATH, HOME: '/', GIVEN: 'given' });
        const { events, orders } = await runOn(rig, text, executor, workplaceOf);
        expect(orders.length).toBe(5);
        for (const order of orders) expect(throughJson(order)).toStrictEqual(order);
        expect(rig.latest('one/out.txt')).toBe('datagiven');
        const ended = events.flatMap((event) =>
          event.type === 'stage-finished' || event.type === 'stage-failed' ? [event] : [],
        );
        expect(ended.length).toBe(5);
        outcomes.push(ended.sort((a, b) => (a.stage < b.stage ? -1 : 1)));
      } finally {
        rig.remove();
      }
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
  });
});

it('a workplace without capacities gets every stage whose inputs are known at once', async () => {
  const rig = new Rig();
  try {
    const text = `
stages:
  wide: { uses: make, matrix: { n: [1, 2, 3, 4, 5, 6, 7, 8] }, with: { name: "w\${matrix.n}" }, resources: { gpu: 4, memory: 100TB } }
  last: { uses: make, with: { name: last }, inputs: { from: wide } }
`;
    let started = 0;
    let goOn = (): void => undefined;
    const all = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { events, orders } = await runOn(
      rig,
      text,
      rig.executor,
      (local, _site, _executor, sent) => ({
        build: async (order, supervisor) => {
          sent.push(order);
          if (++started === 8) goOn();
          await all;
          return local.build(order, supervisor);
        },
        flush: () => local.flush(),
        close: () => local.close(),
      }),
    );
    expect(orders.length).toBe(9);
    expect(events.at(-1)).toMatchObject({ type: 'run-finished', executed: 9, failed: 0 });
  } finally {
    rig.remove();
  }
});

it('an invocation has the memory and the time limit of its stage, for executors that can enforce them', async () => {
  const rig = new Rig();
  try {
    const text =
      'stages: { a: { uses: make, with: { name: a }, resources: { memory: 512MiB }, timeout: 90s } }\n';
    rig.executor.hold('a');
    const running = runOn(rig, text, rig.executor, direct);
    const { invocation, finish } = await rig.executor.next('a');
    expect(invocation).toMatchObject({ memory: 512 * 2 ** 20, timeoutSeconds: 90, cores: 1 });
    finish();
    await running;
  } finally {
    rig.remove();
  }
});
