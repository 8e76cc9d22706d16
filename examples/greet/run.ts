// run.ts
import {
  describeFailure,
  describeProblems,
  describeReason,
  type Event,
  openProject,
  plan,
  run,
} from 'lowrank-pipeline';

const opened = await openProject({ file: 'pipeline.yaml' });
if (!opened.ok) throw new Error(describeProblems(opened.error));
const { project } = opened.value;

const planned = await plan(project, { targets: ['shout'] });
if (!planned.ok) throw new Error(describeProblems(planned.error));
for (const [stage, decision] of planned.value.plan.decisions) {
  const why = decision.kind === 'run' ? decision.reasons.flatMap(describeReason).join('; ') : '';
  console.log(`${stage}: ${decision.kind} ${why}`.trim());
}

function onEvent(event: Event): void {
  if (event.type === 'stage-finished') {
    console.log(`${event.stage} took ${event.seconds} s`);
  } else if (event.type === 'stage-failed') {
    console.log(`${event.stage}: ${describeFailure(event.failure).join('\n  ')}`);
  }
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const { executed, cached, failed } = await run(project, planned.value, {
  onEvent,
  signal: stop.signal,
  capacities: { cpu: 2 },
});
console.log(`${executed} executed, ${cached} cached, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
