import { describe, expect, it } from 'vitest';
import {
  isHeldAfterLaunch,
  isOut,
  readQueue,
  unusualReason,
  waitsAfterRequeue,
} from '../../../../src/runner/execution/slurm/queue.ts';

const text = `1568_4|RUNNING|run-1:0|None|n2
1568_5|PENDING|run-1:0|BeginTime|
1600|RUNNING|somebody's|None|n1
1601_0|PENDING|a|b|PartitionTimeLimit|
1602_[3-9]|PENDING|run-1:1|Resources|
1603_0|COMPLETED|(null)|None|n3
1568_6|PENDING|run-1:0|launch failed requeued held|
`;

describe('the queue', () => {
  const queue = readQueue(text);

  it('has the jobs by token and index', () => {
    expect([...queue.keys()]).toEqual(['run-1:0_4', 'run-1:0_5', 'a|b_0', '(null)_0', 'run-1:0_6']);
    expect(queue.get('run-1:0_4')).toEqual([
      { id: '1568_4', state: 'RUNNING', reason: 'None', node: 'n2' },
    ]);
  });

  it('knows two jobs with the same token, which an ambiguous submission can have', () => {
    const twice = readQueue('1_0|FAILED|r:0|None|n1\n9_0|RUNNING|r:0|None|n2\n');
    expect(twice.get('r:0_0')!.map(({ id }) => id)).toEqual(['1_0', '9_0']);
    expect(twice.get('r:0_0')!.some(isOut)).toBe(true);
  });

  it('reads damaged and empty text as no jobs', () => {
    for (const damaged of ['', '\n\n', '12_', '12_3|RUNNING|t', 'slurm_load_jobs error: x']) {
      expect(readQueue(damaged).size).toBe(0);
    }
  });

  it('says which jobs wait for more than their turn', () => {
    const one = (name: string) => queue.get(name)![0]!;
    expect(unusualReason(one('a|b_0'))).toBe('PartitionTimeLimit');
    expect(unusualReason(one('run-1:0_5'))).toBeUndefined();
    expect(waitsAfterRequeue(one('run-1:0_5'))).toBe(true);
    expect(isHeldAfterLaunch(one('run-1:0_6'))).toBe(true);
    expect(isOut(one('(null)_0'))).toBe(false);
  });
});
