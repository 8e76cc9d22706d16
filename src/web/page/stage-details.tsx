/** The details of one instance of a stage: reasons, metrics, outputs, parameters, inputs and key. */
import { stageOfInstance } from '../../base/stage-name.ts';
import { counted } from '../../base/units.ts';
import type { StageDetail } from '../answers.ts';
import { Outputs } from './outputs.tsx';
import { shownValue } from './quantities.ts';
import { go } from './route.ts';

export function Details({ detail }: { readonly detail: StageDetail }) {
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
          <h3>{stale ? 'Outputs (out of date)' : 'Outputs'}</h3>
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
          <h3>Used by</h3>
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
    ['key', key ?? 'unknown until its inputs exist'],
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
    ...(made?.origin ? originFacts(made.origin) : []),
    ...(key === undefined ? [] : [['in a terminal', `pipeline show ${key.slice(0, 12)}`] as const]),
    ...(made?.cache ? [['from the cache', made.cache] as const] : []),
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

function originFacts({
  version,
  commit,
  changed,
}: NonNullable<NonNullable<StageDetail['made']>['origin']>): (readonly [string, string])[] {
  const state = changed ? `${commit} with changes` : commit;
  return [['version', version], ...(state === undefined ? [] : [['commit', state] as const])];
}

const MOST_ROWS = 12;

function Metrics({ metrics }: Pick<StageDetail, 'metrics'>) {
  const rows = metrics.flatMap(({ row, values }) =>
    Object.entries(values).map(
      ([name, value]) => [row === undefined ? name : `${row} ${name}`, value] as const,
    ),
  );
  return (
    <>
      <dl class="numbers">
        {rows.slice(0, MOST_ROWS).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{shownValue(value)}</dd>
          </div>
        ))}
      </dl>
      {rows.length > MOST_ROWS && <p class="faint">and {rows.length - MOST_ROWS} more</p>}
    </>
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
  // Spaces instead of line ends, so that lines are broken between values.
  const text =
    typeof value === 'string' ? value : JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ');
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text;
}
