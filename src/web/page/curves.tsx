/** The curves of a stage, such as the loss of a training by step. They grow while it runs. */
import { useMemo, useState } from 'preact/hooks';
import { curveFamilies, curveNames, seriesOf } from '../../base/curve.ts';
import { stageOfInstance } from '../../base/stage-name.ts';
import type { CurvesAnswer } from '../messages.ts';
import { type ChartLine, CurveChart } from './curve-chart.tsx';
import { useQuery } from './query.ts';
import { byId, clock, readings, version } from './store.ts';

/** `id`: an instance, or the name of a stage with several instances. */
export function Curves({ id }: { readonly id: string }) {
  const [log, setLog] = useState(false);
  version.value;
  const { value } = useQuery<CurvesAnswer>('/api/curves', { id }, timeOf(id));
  const charts = useMemo(() => (value ? chartsOf(value) : []), [value]);
  if (!value || charts.length === 0) return null;
  const shown = value.curves.length;
  return (
    <section class="curves" aria-label="Curves">
      <h3>Curves</h3>
      <label>
        <input
          type="checkbox"
          checked={log}
          onChange={({ currentTarget }) => setLog(currentTarget.checked)}
        />{' '}
        log scale
      </label>
      {charts.map(({ family, lines }) => (
        <CurveChart key={family} name={family} of={id} lines={lines} log={log} />
      ))}
      {value.more > 0 && (
        <p class="faint">
          {shown} of {shown + value.more} curves; choose an instance to see its own
        </p>
      )}
    </section>
  );
}

/** Changes when there may be new points: about once per second while an instance runs. */
function timeOf(id: string): string {
  const one = byId.get(id);
  const own = one ? [one] : [...byId.values()].filter((each) => stageOfInstance(each.id) === id);
  const states = own.map(({ state }) => state[0]).join('');
  const second = own.some(({ state }) => state === 'running') ? Math.floor(clock.value / 1000) : 0;
  return `${readings.value} ${states} ${second}`;
}

function chartsOf({ curves }: CurvesAnswer): { family: string; lines: readonly ChartLine[] }[] {
  const names = curveNames(curves.flatMap(({ points }) => points));
  return [...curveFamilies(names)].map(([family, own]) => ({
    family,
    lines: curves.flatMap(({ stage, points }, place) =>
      own.flatMap((name, i): ChartLine[] => {
        const series = seriesOf(points, name);
        if (series.length === 0) return [];
        const instance = stage.slice(stageOfInstance(stage).length + 1, -1) || stage;
        const label =
          curves.length === 1 ? name : own.length === 1 ? instance : `${instance} ${name}`;
        return [
          { label, points: series, colour: curves.length === 1 ? i : place, isDashed: i > 0 },
        ];
      }),
    ),
  }));
}
