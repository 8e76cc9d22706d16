/**
 * The built program on a real cluster, in the short forms of `bench/cluster`. What was computed is
 * counted by the stages themselves.
 */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkpoints } from '../../bench/cluster/checkpoints.ts';
import { controllerKilled } from '../../bench/cluster/controllers.ts';
import { detached } from '../../bench/cluster/detached.ts';
import { headKilled, interrupted } from '../../bench/cluster/heads.ts';
import { logs } from '../../bench/cluster/logs.ts';
import { nodeKilled } from '../../bench/cluster/nodes.ts';
import { page } from '../../bench/cluster/page.ts';
import type { Scenario } from '../../bench/cluster/scenario.ts';
import { spread } from '../../bench/cluster/spread.ts';
import { whyNoCluster } from './why-not.ts';

const why = whyNoCluster();
const given = { program: resolve('dist/main.js'), root: tmpdir(), short: true, seed: 1 };
const play = async (scenario: Scenario): Promise<void> => {
  expect(await scenario(given)).toMatchObject({ faults: [] });
};

describe.skipIf(why !== undefined)(`a run on a cluster${why ? ` (${why})` : ''}`, () => {
  it('spreads its stages over the nodes with a few calls of Slurm', () => play(spread));

  it('loses nothing if the controller is killed after a submission', () => play(controllerKilled));

  it('goes on elsewhere if a node dies', () => play(nodeKilled));

  it('is taken up by the next one if it is killed', () => play(headKilled));

  it('leaves its jobs after Ctrl-C, and cancels them after a second one', () => play(interrupted));

  it('may be a job itself', () => play(detached));

  it('resumes a stage from its checkpoint on another node', () => play(checkpoints));

  it('shows on the page what goes on after Ctrl-C', () => play(page));

  it('shows what a stage prints, also after the run was killed', () => play(logs));
});
