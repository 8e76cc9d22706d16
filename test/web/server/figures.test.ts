/** The tab Figures shows what belongs to the selection of the page. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { ok } from '../../../src/base/result.ts';
import type { FiguresAnswer } from '../../../src/web/answers.ts';
import { Served } from '../served.ts';

const text = `
vars: { word: plain }
stages:
  a: { uses: make, with: { name: a, text: "\${word}" } }
`;

let served: Served;
afterEach(() => served.stop());

/** A run without options, and then a page with these. */
async function figuresWith(
  options: { configs?: string[]; settings?: string[] },
  change = (one: string) => one,
): Promise<FiguresAnswer> {
  served = new Served(text);
  const { rig } = served;
  rig.configs = { 'other.yaml': 'word: other' };
  rig.executor.instead.set('a', ({ outputs, parameters }) => {
    writeFileSync(join(outputs.out!, 'figure.svg'), String(parameters.text));
    writeFileSync(join(outputs.other!, 'note.txt'), '');
    return ok(undefined);
  });
  await rig.run(text);
  served.text = change(text);
  await served.start(options);
  await served.messagesUntil((message) => message.type === 'pipeline' && message.read);
  return served.json<FiguresAnswer>('/api/figures');
}

it('shows the figures of results that are up to date', async () => {
  expect(await figuresWith({})).toMatchObject({ images: [{ path: 'figure.svg', stale: false }] });
});

it('shows figures of an earlier state, marked as such', async () => {
  const changed = await figuresWith({}, (one) => one.replace('plain', 'new'));
  expect(changed).toMatchObject({ images: [{ path: 'figure.svg', stale: true }] });
});

it('shows no figures of another configuration or of other settings', async () => {
  expect(await figuresWith({ configs: ['other.yaml'] })).toEqual({ images: [], pages: [] });
  await served.stop();
  expect(await figuresWith({ settings: ['word=set'] })).toEqual({ images: [], pages: [] });
  await served.stop();
  expect(await figuresWith({ settings: ['word=plain'] })).toMatchObject({
    images: [{ stale: false }],
  });
});
