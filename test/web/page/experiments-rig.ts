/** The tab of experiments, with the results of a small project or with an answer of the test. */
import type { Locator } from 'playwright-core';
import type { ExperimentsAnswer } from '../../../src/web/answers.ts';
import type { Served } from '../served.ts';
import { measure, type OpenOptions, PageRig } from './page-rig.ts';

const text = `
stages:
  train: { uses: make, with: { name: train } }
  part:
    matrix: { method: [svd, cur], rate: [2, 25] }
    uses: make
    with: { name: "part \${matrix.method} \${matrix.rate}" }
    inputs: { from: train }
`;

async function runAll(one: Served): Promise<void> {
  measure(one, 'train', { loss: 0.1 });
  measure(one, 'part svd 2', { accuracy: 0.9, bytes: 1 });
  measure(one, 'part svd 25', { accuracy: 0.8, bytes: 2 });
  measure(one, 'part cur 2', { accuracy: 0.95, bytes: 3 });
  measure(one, 'part cur 25', { accuracy: 0.99, bytes: 4 });
  await one.rig.run(text);
}

/** As of a sweep over three axes. */
export function large(count: number): ExperimentsAnswer {
  const methods = ['svd', 'cur', 'cur-seed', 'rows'];
  const rows = Array.from({ length: count }, (_, i) => ({
    key: i.toString(16).padStart(64, '0').split('').reverse().join(''),
    stage: `part[i=${i}]`,
    cells: [methods[i % 4]!, 1 + (Math.floor(i / 4) % 30), Math.floor(i / 120), i / count, -i],
  }));
  const columns = [
    { name: 'method', kind: 'axis' },
    { name: 'rate', kind: 'axis' },
    { name: 'seed', kind: 'axis' },
    { name: 'accuracy', kind: 'metric' },
    { name: 'loss', kind: 'metric' },
  ] as const;
  return { columns, rows, unread: [] };
}

export class ExperimentsRig extends PageRig {
  async openExperiments({
    answer,
    ...options
  }: OpenOptions & { readonly answer?: ExperimentsAnswer } = {}): Promise<void> {
    await this.open(text, {
      ...options,
      address: '#/experiments',
      ...(answer
        ? {
            prepare: (to) =>
              to.route('**/api/experiments*', (one) => one.fulfill({ json: answer })),
          }
        : { before: runAll }),
    });
    await this.rows().first().waitFor();
  }

  rows(): Locator {
    return this.page.locator('.data-rows tbody tr:not(.space)');
  }

  search(): Locator {
    return this.page.getByRole('searchbox');
  }
}
