/** One instance of a stage: the reasons for its state, its inputs, outputs and log. */
import { stageOfInstance } from '../../base/stage-name.ts';
import { counted, duration } from '../../base/units.ts';
import type { StageDetail } from '../messages.ts';
import { Log } from './log.tsx';
import { Outputs } from './outputs.tsx';
import { moment, shownValue } from './quantities.ts';
import { useQuery } from './query.ts';
import { go } from './route.ts';
import { mayAct, RunButton } from './run-button.tsx';
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
      {mayAct() && state !== 'running' && <Again id={id} isThere={THERE.has(state)} />}
      {logFirst && (
        <section>
          <h3>Log</h3>
          <Log stage={id} />
        </section>
      )}
      {error && <p class="error">{error}</p>}
      {detail && <Known detail={detail} />}
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
const THERE: ReadonlySet<string> = new Set(['done', 'cached']);

function Again({ id, isThere }: { readonly id: string; readonly isThere: boolean }) {
  const label = isThere ? 'Run again' : 'Run with its dependencies';
  return (
    <p>
      <RunButton label={label} request={{ targets: [id], force: isThere, keepGoing: false }} />
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

function Known({ detail }: { readonly detail: StageDetail }) {
  const { reasons, parameters, inputs, takenBy, outputs, metrics, stale } = detail;
  const names = Object.keys(parameters);
  return (
    <>
      <p class="faint">{detail.description}</p>
      {reasons.length > 0 && (
        <section>
          <h3>{stale || detail.state === 'running' ? 'Why it runs' : 'Why it ran'}</h3>
          <ul>
            {reasons.map(({ text, detail: more }) => (
              <li key={text}>
                {text}
                {more !== undefined && <div class="faint">{more}</div>}
              </li>
            ))}
          </ul>
        </section>
      )}
      {metrics.length > 0 && (
        <section>
          <h3>Numbers</h3>
          <Metrics metrics={metrics} />
        </section>
      )}
      {outputs.length > 0 && (
        <section>
          <h3>{stale ? 'Outputs of an earlier state' : 'Outputs'}</h3>
          <Outputs outputs={outputs} />
        </section>
      )}
      {names.length > 0 && (
        <section>
          <h3>Parameters</h3>
          <dl>
            {names.map((name) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{shown(parameters[name])}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      {inputs.length > 0 && (
        <section>
          <h3>Inputs</h3>
          <dl>
            {inputs.slice(0, MOST_INPUTS).map(({ port, stages, file }) => (
              <div key={port}>
                <dt>{port}</dt>
                <dd>{file ?? <Stages ids={stages} />}</dd>
              </div>
            ))}
          </dl>
          {inputs.length > MOST_INPUTS && (
            <p class="faint">and {inputs.length - MOST_INPUTS} more</p>
          )}
        </section>
      )}
      {takenBy.length > 0 && (
        <section>
          <h3>Taken by</h3>
          <Stages ids={takenBy} />
        </section>
      )}
      <details class="section">
        <summary>Key and origin</summary>
        <Origin detail={detail} />
      </details>
    </>
  );
}

/** A command that gathers many outputs has an input for each. */
const MOST_INPUTS = 50;

function Origin({ detail }: { readonly detail: StageDetail }) {
  const { type, place, key, environment, code, made } = detail;
  const facts: readonly (readonly [string, string])[] = [
    ['type', type],
    ['declared', place],
    ['key', key ?? 'not known before its inputs are'],
    ...Object.entries(environment),
    ...(code
      ? [
          [
            'code',
            `${code.digest.slice(0, 16)}, ${counted(code.files, 'file', 'files')}, ${counted(code.packages, 'package', 'packages')}`,
          ] as const,
        ]
      : []),
    ...(made ? [['made by run', made.run] as const] : []),
  ];
  return (
    <dl>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class="code">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const MOST_ROWS = 12;

function Metrics({ metrics }: Pick<StageDetail, 'metrics'>) {
  const rows = metrics.flatMap(({ row, values }) =>
    Object.entries(values).map(
      ([name, value]) => [row === undefined ? name : `${row} ${name}`, value] as const,
    ),
  );
  return (
    <dl class="numbers">
      {rows.slice(0, MOST_ROWS).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{shownValue(value)}</dd>
        </div>
      ))}
      {rows.length > MOST_ROWS && <p class="faint">and {rows.length - MOST_ROWS} more</p>}
    </dl>
  );
}

const MOST_NAMED = 8;

function Stages({ ids }: { readonly ids: readonly string[] }) {
  return (
    <ul class="stages">
      {ids.slice(0, MOST_NAMED).map((id) => (
        <li key={id}>
          <button
            type="button"
            class="link"
            onClick={() => go({ view: 'graph', group: stageOfInstance(id), stage: id })}
          >
            {id}
          </button>
        </li>
      ))}
      {ids.length > MOST_NAMED && <li class="faint">and {ids.length - MOST_NAMED} more</li>}
    </ul>
  );
}

/** The parameters of a command contain the path of each input, and there can be thousands. */
const MOST_LETTERS = 2_000;

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text;
}
