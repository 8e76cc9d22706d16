/** What the server says about the pipeline, its stages, its errors and its past runs. */
import { rmSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { make } from '../../runner/rig.ts';
import type {
  ComparisonAnswer,
  PipelineMessage,
  RunsAnswer,
  ServerMessage,
  StageDetail,
} from '../stage-states.ts';
import { statesOf } from '../stage-states.ts';
import { eachServer, isRead, text } from './server-rig.ts';

const { begin, newServed } = eachServer();

describe('the server shows', () => {
  it('the reasons, inputs and outputs of a stage', async () => {
    const one = await begin();
    await one.rig.run(text);
    one.change(text.replace('one', 'other'));
    await one.messagesUntil(
      (_one, all) => statesOf(all).a === 'will-run' && statesOf(all).c === 'may-run',
    );
    const detail = await one.json<StageDetail>('/api/stage?id=a');
    expect(detail).toMatchObject({ state: 'will-run', stale: true, takenBy: ['b'] });
    expect(detail.reasons[0]!.text).toMatch(/^parameter text: "one" -> "other"/);
    expect(detail.made?.run).toBe('run-0');
    const taker = await one.json<StageDetail>('/api/stage?id=b');
    expect(taker.inputs).toEqual([{ port: 'from', stages: ['a'] }]);
    expect((await one.get('/api/stage?id=z')).status).toBe(404);
  });

  it('errors in a pipeline with their places, and when it is valid again', async () => {
    const one = await begin(false, 'stages:\n  a: { uses: nothing }\n');
    const [reported] = (
      await one.messagesUntil(
        (message) => message.type === 'pipeline' && message.problems.length > 0,
      )
    ).slice(-1) as PipelineMessage[];
    expect(reported).toMatchObject({ read: false, stages: [] });
    expect(reported!.problems[0]).toMatchObject({
      place: expect.stringMatching(/^pipeline\.yaml:2:\d+$/),
    });
    expect(reported!.problems[0]!.excerpt).toContain('^');
    one.change(text);
    await one.messagesUntil(isRead);
    one.change('stages: [');
    const broken = await one.messagesUntil(
      (message) => message.type === 'pipeline' && message.problems.length > 0,
    );
    // The last valid pipeline is still shown.
    expect((broken.at(-1) as PipelineMessage).stages).toHaveLength(3);
  });

  it('the backend, and what a change of it costs', async () => {
    const one = await begin();
    await one.rig.run(text);
    one.rig.facts = { backend: 'other 2' };
    one.change(text);
    const costs = (message: ServerMessage) =>
      message.type === 'pipeline' && message.notes.length > 1 && message.notes;
    const all = await one.messagesUntil((message) => costs(message) !== false);
    expect(costs(all.at(-1)!)).toEqual([
      'backend test 1',
      'the backend changed from test 1 to other 2: 3 results will be recomputed',
    ]);
  });

  it('no backend if no stage uses it', async () => {
    const one = newServed();
    one.rig.types.set('make', { ...make, environment: [] });
    await one.start();
    expect((await one.messagesUntil(isRead)).find(isRead)).toMatchObject({ notes: [] });
  });

  it('that the store can not be read, and continues', async () => {
    const one = await begin();
    await one.rig.run(text);
    const { actions } = one.rig.layout;
    rmSync(actions, { recursive: true });
    symlinkSync(actions, actions);
    one.change(text);
    const problemIn = (message: ServerMessage) =>
      message.type === 'pipeline' ? message.problems[0]?.message : undefined;
    const all = await one.messagesUntil((message) => problemIn(message) !== undefined);
    expect(problemIn(all.at(-1)!)).toMatch(/^the store can't be read: ELOOP/);
    rmSync(actions);
    one.change(text);
    await one.messagesUntil((message) => isRead(message) && problemIn(message) === undefined);
  });

  it('the comparison of two runs', async () => {
    const one = await begin();
    await one.rig.run(text);
    const other = text.replace('one', 'other');
    one.change(other);
    await one.rig.run(other);
    await one.messagesUntil((_one, all) => statesOf(all).c === 'done');
    const runs = await one.json<RunsAnswer>('/api/runs');
    expect(runs.map(({ run }) => run)).toEqual(['run-1', 'run-0']);
    const compared = await one.json<ComparisonAnswer>('/api/compare?before=run-0&after=run-1');
    expect(compared.stages.map(({ stage, kind }) => [stage, kind])).toEqual([
      ['a', 'other-key'],
      ['b', 'other-key'],
      ['c', 'other-key'],
    ]);
    expect(compared.stages[0]!.sentences[0]!.text).toContain('"one" -> "other"');
    expect((await one.get('/api/compare?before=run-0&after=run-7')).status).toBe(404);
  });
});
