/** One instance of a stage: its state and progress, its details and its log. */
import { duration } from '../../base/units.ts';
import type { StageDetail } from '../answers.ts';
import { Curves } from './curves.tsx';
import { Log } from './log.tsx';
import { moment } from './quantities.ts';
import { useQuery } from './query.ts';
import { mayAct, RunButton } from './run-button.tsx';
import { Details } from './stage-details.tsx';
import { LOOKS } from './states.ts';
import { byId, clock, fractionOf, readings, secondsRun, version } from './store.ts';

export function StagePanel({ id }: { readonly id: string }) {
  version.value;
  const instance = byId.get(id);
  const { value: detail, error } = useQuery<StageDetail>(
    '/api/stage',
    { id },
    `${instance?.state} ${readings.value}`,
  );
  if (!instance) return <p class="faint">There is no stage {id} in this pipeline.</p>;
  const { state } = instance;
  const logFirst = state === 'failed' || state === 'running';
  return (
    <>
      <p class={`state ${state}`}>
        <span aria-hidden="true">{LOOKS[state].sign}</span> {LOOKS[state].name}
        {detail?.made && !logFirst && (
          <span class="faint">
            {' '}
            {detail.stale ? 'last made' : 'made'} in {duration(detail.made.seconds)},{' '}
            {moment(detail.made.finished)}
          </span>
        )}
      </p>
      {state === 'running' && <Progress id={id} />}
      <Curves id={id} />
      {mayAct() && state !== 'running' && <Again id={id} hasResults={WITH_RESULTS.has(state)} />}
      {logFirst && (
        <section>
          <h3>Log</h3>
          <Log stage={id} />
        </section>
      )}
      {error && <p class="error">{error}</p>}
      {detail && <Details detail={detail} />}
      {!logFirst && (
        <details class="section">
          <summary>Log of the last attempt</summary>
          <Log stage={id} />
        </details>
      )}
    </>
  );
}

/** States with results. */
const WITH_RESULTS: ReadonlySet<string> = new Set(['done', 'cached']);

function Again({ id, hasResults }: { readonly id: string; readonly hasResults: boolean }) {
  const label = hasResults ? 'Run again' : 'Run with its dependencies';
  return (
    <p>
      <RunButton label={label} request={{ targets: [id], force: hasResults, keepGoing: false }} />
    </p>
  );
}

function Progress({ id }: { readonly id: string }) {
  const instance = byId.get(id)!;
  const now = clock.value;
  const fraction = fractionOf(instance, now);
  const ran = secondsRun(instance, now);
  const { message, secondsLeft, fraction: reported } = instance.doing ?? {};
  const left =
    secondsLeft ??
    (ran !== undefined && instance.seconds && !reported
      ? Math.max(0, instance.seconds - ran)
      : undefined);
  return (
    <div class="progress">
      {fraction !== undefined && (
        <progress
          value={fraction}
          aria-label={reported === undefined ? 'Progress, estimated from the last run' : 'Progress'}
        />
      )}
      <p class="faint">
        {[
          message,
          ran !== undefined && `${duration(Math.floor(ran))} so far`,
          left !== undefined && `about ${duration(Math.ceil(left))} left`,
        ]
          .filter(Boolean)
          .join(', ')}
      </p>
    </div>
  );
}
