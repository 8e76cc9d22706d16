/** The file of a submission: a node parses its own bundle, whatever happened to the others. */
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Order } from '../../../../src/runner/execution/order.ts';
import {
  bundlesIn,
  ordersPath,
  readSubmission,
  type StoredSubmission,
  submissionIn,
  writeSubmission,
} from '../../../../src/runner/execution/slurm/order-files.ts';
import { Layout } from '../../../../src/runner/store/layout.ts';

let root: string;
let stored: StoredSubmission;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'orders-'));
  stored = submissionIn(new Layout(root), 'run', 0);
  const site = { run: 'run', artifacts: root, root, entry: 'n', worker: 'w' };
  const order = (key: string): Order => ({ key }) as unknown as Order;
  const bundles = [[order('ä'), order('b')], [order('c')]];
  writeSubmission(stored, { record: 'orders/1', ...site }, bundles);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const read = () => readSubmission(ordersPath(stored));

it('has each bundle under its index', () => {
  expect(read()).toMatchObject({ size: 2, site: { run: 'run' } });
  expect([...bundlesIn(read())]).toEqual([
    [0, [{ key: 'ä' }, { key: 'b' }]],
    [1, [{ key: 'c' }]],
  ]);
});

it('of another version, empty, cut or missing is none', () => {
  const path = ordersPath(stored);
  const text = readFileSync(path, 'utf8');
  for (const damaged of ['', '{"record":"orders', '7\n', text.replace('orders/1', 'orders/9')]) {
    writeFileSync(path, damaged);
    expect(read()).toBeUndefined();
  }
  rmSync(path);
  expect(read()).toBeUndefined();
});

it('with damaged bundles has the others', () => {
  appendFileSync(ordersPath(stored), 'damaged\n{"no":"list"}\n[{"key":"d"}]\n[{"key":"cut');
  const keys = [...bundlesIn(read())].map(([, bundle]) => bundle.map(({ key }) => key));
  expect(keys).toEqual([['ä', 'b'], ['c'], [], [], ['d']]);
  truncateSync(ordersPath(stored), 0);
  expect([...bundlesIn(read())]).toEqual([]);
});
