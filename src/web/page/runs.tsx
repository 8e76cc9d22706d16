/** The list of past runs, and the comparison of two of them. */
import { useState } from 'preact/hooks';
import { duration } from '../../base/units.ts';
import type { RunsAnswer } from '../answers.ts';
import { Comparison } from './comparison.tsx';
import { moment } from './quantities.ts';
import { useQuery } from './query.ts';
import { readings, run } from './store.ts';

export function Runs() {
  const status = run.value?.status;
  const time = `${readings.value} ${status?.run} ${status?.state}`;
  const { value: runs, error } = useQuery<RunsAnswer>('/api/runs', {}, time);
  const [chosen, setChosen] = useState<{ before?: string; after?: string }>({});
  if (error) return <p class="error">{error}</p>;
  if (!runs) return <p class="faint">…</p>;
  if (runs.length === 0) return <p class="faint">No runs yet.</p>;
  const before = chosen.before ?? runs[1]?.run;
  const after = chosen.after ?? runs[0]!.run;
  return (
    <section class="runs" aria-label="Runs">
      <h2>Runs</h2>
      <section class="table" tabIndex={0} aria-label="Table of runs">
        <table>
          <thead>
            <tr>
              <th scope="col">before</th>
              <th scope="col">after</th>
              <th scope="col">started</th>
              <th scope="col">state</th>
              <th scope="col" class="number">
                took
              </th>
              <th scope="col" class="number">
                ran
              </th>
              <th scope="col" class="number">
                cached
              </th>
              <th scope="col">run</th>
              <th scope="col">name and selection</th>
            </tr>
          </thead>
          <tbody>
            {runs.map((one) => (
              <tr key={one.run}>
                {(['before', 'after'] as const).map((side) => (
                  <td key={side}>
                    <input
                      type="radio"
                      name={side}
                      aria-label={`${one.run} ${side}`}
                      checked={(side === 'before' ? before : after) === one.run}
                      onChange={() => setChosen({ ...chosen, [side]: one.run })}
                    />
                  </td>
                ))}
                <td>{moment(one.time)}</td>
                <td class={`run-${one.state}`}>
                  {one.state === 'failed' ? `${one.failed} failed` : one.state}
                </td>
                <td class="number">{duration(one.seconds)}</td>
                <td class="number">{one.executed}</td>
                <td class="number">{one.cached}</td>
                <td class="code">{one.run}</td>
                <td class="words">{selectionOf(one)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {before !== undefined && before !== after && (
        <Comparison before={before} after={after} time={time} />
      )}
    </section>
  );
}

function selectionOf({ name, selection }: RunsAnswer[number]): string {
  const { file, configs = [], settings = [], targets = [] } = selection ?? {};
  const words = [
    ...targets,
    ...(file === undefined ? [] : [`-f ${file}`]),
    ...configs.map((config) => `-c ${config}`),
    ...settings.map((setting) => `--set ${setting}`),
  ];
  return [name, words.join(' ')].filter(Boolean).join(': ');
}
