/** What nodes report about a run, seen by processes that only watch: once, wherever it comes first. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttemptEvent, Event } from '../../../../src/runner/execution/event.ts';
import type { Failure } from '../../../../src/runner/execution/failure.ts';
import { journalOf } from '../../../../src/runner/execution/journal.ts';
import { NodeEvents } from '../../../../src/runner/execution/slurm/node-events.ts';
import type { StageId } from '../../../../src/runner/graph/pipeline.ts';
import { lastAttempts } from '../../../../src/runner/history/attempts.ts';
import { saidIn } from '../../../../src/runner/history/said.ts';
import type { StageKey } from '../../../../src/runner/key/fingerprint.ts';
import { Layout } from '../../../../src/runner/store/layout.ts';

const RUN = '20300101-000000-aaaa';
let layout: Layout;
beforeEach(() => {
  layout = new Layout(mkdtempSync(join(tmpdir(), 'node-events-')));
});
afterEach(() => rmSync(layout.root, { recursive: true, force: true }));

const stage = 'a' as StageId;
const key = 'k' as StageKey;

function started(log: string): AttemptEvent {
  return { type: 'stage-started', stage, key, reasons: [], resumed: false, attempt: 1, log };
}
const said = (message: string): AttemptEvent => ({ type: 'stage-log', stage, message });
const finished: AttemptEvent = {
  ...{ type: 'stage-finished', stage, key, outputs: {}, seconds: 3, differs: false },
};

function append(path: string, lines: readonly unknown[]): void {
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
const nodeSays = (task: string, ...events: readonly AttemptEvent[]): void =>
  append(
    join(layout.orders, RUN, task),
    events.map((event) => ({ kind: 'event', at: 0, event })),
  );
const nodeEnds = (task: string, failure: Failure): void =>
  append(join(layout.orders, RUN, task), [
    { kind: 'end', at: 0, result: { ok: false, error: failure } },
  ]);
const runSays = (...events: readonly unknown[]): void => append(journalOf(layout, RUN), events);

describe('an event of a node', () => {
  let now = 0;
  let events: NodeEvents;
  beforeEach(() => {
    events = new NodeEvents(layout, RUN);
  });
  const read = (): readonly Event[] => {
    now += 1000;
    return events.read(now);
  };
  /** Those of the journal that are new. */
  const journal = (...given: readonly Event[]): readonly Event[] =>
    given.filter((event) => events.isNew(event));

  it('is new once, if the journal has it first', () => {
    expect(journal(started('1'), said('x'))).toHaveLength(2);
    nodeSays('0/0.jsonl', started('1'), said('x'), said('x'), finished);
    expect(read()).toEqual([said('x'), finished]);
    expect(journal(said('x'), finished)).toEqual([]);
  });

  it('is new once, if the node has it first', () => {
    nodeSays('0/0.jsonl', started('1'), said('x'));
    expect(read()).toEqual([started('1'), said('x')]);
    expect(journal(started('1'), said('x'), said('y'))).toEqual([said('y')]);
    nodeSays('0/0.jsonl', said('y'), finished);
    expect(read()).toEqual([finished]);
  });

  it('of a job that was requeued goes on in the same log', () => {
    nodeSays('0/0.jsonl', started('1'), said('x'));
    read();
    expect(journal(started('1'), said('x'))).toEqual([]);
    nodeSays('0/0.jsonl', started('1'), said('x'), finished);
    expect(journal(started('1'))).toEqual([started('1')]);
    expect(read()).toEqual([said('x'), finished]);
  });

  it('of another job is another attempt', () => {
    nodeSays('0/0.jsonl', started('1'), said('x'));
    nodeSays('1/7.jsonl', started('2'), said('x'));
    expect(read()).toHaveLength(4);
    expect(journal(started('1'), said('x'), started('2'), said('x'))).toEqual([]);
  });

  it('is read when its line is complete; other files and damaged lines are left out', () => {
    const path = join(layout.orders, RUN, '0', '0.jsonl');
    append(path, []);
    append(join(layout.orders, RUN, '0', 'orders.jsonl'), [{ kind: 'event', event: finished }]);
    appendFileSync(path, 'torn\n{"kind":"event","at":0,"event":{"type":"stage-lo');
    expect(read()).toEqual([]);
    appendFileSync(path, '\n');
    nodeSays('0/0.jsonl', started('1'));
    expect(read()).toEqual([started('1')]);
  });

  const failure: Failure = { kind: 'stage', message: 'no' };
  const failed = { type: 'stage-failed', stage, failure } as const;

  it('is the end of a stage if it is a failure, and the head reports nothing newer', () => {
    nodeSays('0/0.jsonl', started('1'));
    read();
    expect(events.hasFailures).toBe(false);
    nodeEnds('0/0.jsonl', failure);
    read();
    expect(events.hasFailures).toBe(true);
    // The head is late: it is the same attempt.
    journal(started('1'));
    expect(events.takeFailures()).toEqual([failed]);
    expect(events.hasFailures).toBe(false);
  });

  it('is no end of a stage if the head has reported the failure, or makes another attempt', () => {
    nodeSays('0/0.jsonl', started('1'));
    nodeEnds('0/0.jsonl', failure);
    read();
    journal(started('1'), failed);
    expect(events.takeFailures()).toEqual([]);
    nodeSays('1/0.jsonl', started('2'));
    nodeEnds('1/0.jsonl', failure);
    read();
    nodeSays('2/0.jsonl', started('3'));
    read();
    expect(events.takeFailures()).toEqual([]);
    nodeEnds('2/0.jsonl', { kind: 'stopped' });
    read();
    expect(events.takeFailures()).toEqual([]);
  });

  it('does not exist if the run sent nothing', () => {
    expect(read()).toEqual([]);
  });
});

describe('the attempts of a run without a head', () => {
  const attempts = () =>
    lastAttempts(layout, 'a').map(({ number, state, seconds, failure }) => ({
      ...{ number, state },
      ...(seconds !== undefined && { seconds }),
      ...(failure && { failure: failure.kind }),
    }));

  it('are those that its nodes report', () => {
    mkdirSync(layout.run(RUN), { recursive: true });
    nodeSays('0/0.jsonl', started('logs/1.log'));
    append(join(layout.run(RUN), 'logs', '1.log'), []);
    writeFileSync(join(layout.run(RUN), 'logs', '1.log'), 'hello\n');
    expect(attempts()).toEqual([{ number: 1, state: 'unfinished' }]);
    expect([...saidIn(lastAttempts(layout, 'a')[0]!)].join('')).toBe('hello');
    nodeSays('0/0.jsonl', finished);
    expect(attempts()).toEqual([{ number: 1, state: 'finished', seconds: 3 }]);
  });

  it('go on after the run was left', () => {
    runSays({ type: 'run-started', run: RUN, time: '2030-01-01T00:00:00Z', plan: {} });
    runSays(started('logs/1.log'), { type: 'run-finished', run: RUN, interrupted: true });
    expect(attempts()).toEqual([{ number: 1, state: 'stopped' }]);
    nodeSays('0/0.jsonl', started('logs/1.log'));
    expect(attempts()).toEqual([{ number: 1, state: 'unfinished' }]);
    nodeEnds('0/0.jsonl', { kind: 'stage', message: 'no' });
    expect(attempts()).toEqual([{ number: 1, state: 'failed', failure: 'stage' }]);
  });

  it('that were asked to stop are stopped', () => {
    nodeSays('0/0.jsonl', started('logs/1.log'));
    mkdirSync(layout.run(RUN), { recursive: true });
    nodeEnds('0/0.jsonl', { kind: 'stopped' });
    expect(attempts()).toEqual([{ number: 1, state: 'stopped' }]);
  });
});
