/** The header: the state of the run, the number of stages per state, and the navigation. */
import { stageOfInstance } from '../../base/stage-name.ts';
import { counted, duration } from '../../base/units.ts';
import type { RunStatus } from '../messages.ts';
import { go, route, VIEWS } from './route.ts';
import { ActButton, mayAct, RunButton } from './run-button.tsx';
import { LOOKS, STATES } from './states.ts';
import { byId, clock, connected, describeState, pipeline, run, totals, version } from './store.ts';

export function Head() {
  const counts = totals.value;
  return (
    <header>
      <div class="row">
        <h1>{pipeline.value?.name ?? 'pipeline'}</h1>
        <nav aria-label="Views">
          {VIEWS.map((view) => (
            <button
              key={view}
              type="button"
              aria-current={route.value.view === view ? 'page' : undefined}
              onClick={() => go({ view })}
            >
              {view}
            </button>
          ))}
        </nav>
        {mayAct() && <Control />}
      </div>
      <div class="row">
        <Status />
        <ul class="legend" aria-label="Stages by state">
          {STATES.filter((state) => counts[state]).map((state) => (
            <li key={state} class={state}>
              <span aria-hidden="true">{LOOKS[state].sign}</span> {counts[state]}{' '}
              {LOOKS[state].name}
            </li>
          ))}
        </ul>
      </div>
      {!connected.value && (
        <p class="note" role="alert">
          The server does not answer; trying again. What you see may be out of date.
        </p>
      )}
    </header>
  );
}

function Status() {
  const reported = run.value;
  if (!reported) return <p class="status faint">no runs yet</p>;
  const { status, reportedAt } = reported;
  const live = status.state === 'running';
  const since = live ? Math.max(0, clock.value - reportedAt) / 1000 : 0;
  const { executed, cached, skipped, stages, failures, secondsLeft } = status;
  const done = executed + cached;
  const ended = done + skipped + failures.length;
  return (
    <div class="status">
      <p>
        <strong class={`run-${status.state}`}>{describeState(status)}</strong>{' '}
        <span class="faint">
          {status.name ?? status.run} · {done} of {counted(stages, 'stage', 'stages')} done ·{' '}
          {duration(live ? Math.floor(status.seconds + since) : status.seconds)}
          {secondsLeft !== undefined &&
            `, about ${duration(Math.ceil(Math.max(0, secondsLeft - since)))} left`}
        </span>
      </p>
      {live && <progress max={stages} value={ended} aria-label="Finished stages" />}
    </div>
  );
}

function Control() {
  const status = run.value?.status;
  if (status?.state === 'running' && status.own) {
    return <ActButton label="Stop" path="/api/stop" body={{}} />;
  }
  return <RunButton label="Run" request={{ targets: [], force: false, keepGoing: false }} />;
}

/** The failed stages of the run, whose logs a click opens, and the warnings. */
export function Failures() {
  const status: RunStatus | undefined = run.value?.status;
  const { failures = [], warnings = [] } = status ?? {};
  if (failures.length + warnings.length === 0) return null;
  version.value;
  return (
    <section class="failures" aria-label="Failures and warnings">
      <ul>
        {failures.slice(0, MOST_FAILURES).map(({ stage, message }) => (
          <li key={stage}>
            <button
              type="button"
              class="link"
              onClick={() => go({ view: 'graph', group: stageOfInstance(stage), stage })}
            >
              {stage}
            </button>{' '}
            failed: {message}
            {hasChanged(stage) && (
              <span class="faint">
                {' '}
                (it has changed since: {LOOKS[byId.get(stage)!.state].name})
              </span>
            )}
          </li>
        ))}
        {warnings.map((text, i) => (
          <li key={i}>{text}</li>
        ))}
      </ul>
      {failures.length > MOST_FAILURES && <p>and {failures.length - MOST_FAILURES} more</p>}
    </section>
  );
}

const MOST_FAILURES = 5;

/** Whether the failure is of another state of the stage than the one in the graph. */
function hasChanged(stage: string): boolean {
  const instance = byId.get(stage);
  return instance !== undefined && instance.state !== 'failed';
}
