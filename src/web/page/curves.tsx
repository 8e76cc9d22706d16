/** The curves of a stage, such as the loss of a training by step. They grow while it runs. */
import { signal } from '@preact/signals';
import { useMemo, useState } from 'preact/hooks';
import { curveFamilies, curveNames, seriesOf } from '../../base/curve.ts';
import { stageOfInstance } from '../../base/stage-name.ts';
import type { CurvesAnswer } from '../answers.ts';
import { Check } from './charts/controls.tsx';
import { type ChartLine, CurveChart, CurveLegend } from './charts/curve-chart.tsx';
import { useQuery } from './query.ts';
import { byId, clock, readings, version } from './store.ts';

/** Also for the next stage that is chosen. */
const isOpen = signal(true);

/** `id`: an instance, or the name of a stage with several instances. */
export function Curves({ id }: { readonly id: string }) {
  const [log, setLog] = useState(false);
  version.value;
  const { value } = useQuery<CurvesAnswer>('/api/curves', { id }, timeOf(id));
  const charts = useMemo(() => (value ? chartsOf(value) : []), [value]);
  if (!value || charts.length === 0) return null;
  const shown = value.curves.length;
  return (
    <details
      class="section curves"
      open={isOpen.value}
      onToggle={({ currentTarget }) => {
        isOpen.value = currentTarget.open;
      }}
    >
      <summary>Curves</summary>
      <Check label="log scale" checked={log} onChange={setLog} />
      {charts.map(({ family, lines }) => (
        <CurveChart
          key={family}
          name={family}
          of={id}
          lines={lines}
          log={log}
          hasLegend={shown === 1}
        />
      ))}
      {shown > 1 && <InstanceLegend charts={charts} answer={value} />}
      {value.more > 0 && (
        <p class="faint">
          {shown} of {shown + value.more} curves; choose an instance to see its own
        </p>
      )}
    </details>
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

interface Chart {
  readonly family: string;
  readonly lines: readonly (ChartLine & { readonly name: string })[];
}

/** One line per number, or per instance and number. */
function chartsOf({ curves }: CurvesAnswer): readonly Chart[] {
  const names = curveNames(curves.flatMap(({ points }) => points));
  return [...curveFamilies(names)].map(([family, own]) => ({
    family,
    lines: curves.flatMap(({ stage, axes, points }, place) =>
      own.flatMap((name, i) => {
        const series = seriesOf(points, name);
        if (series.length === 0) return [];
        const isOnly = curves.length === 1;
        const one = axes || stage;
        const label = isOnly ? name : own.length > 1 ? `${one} ${name}` : one;
        return [{ name, label, points: series, colour: isOnly ? i : place, isDashed: i > 0 }];
      }),
    ),
  }));
}

interface InstanceLegendProps {
  readonly charts: readonly Chart[];
  readonly answer: CurvesAnswer;
}

/** For all charts: the colours of the instances, and the numbers whose lines are dashed. */
function InstanceLegend({ charts, answer }: InstanceLegendProps) {
  const lines = answer.curves.map(({ stage, axes }, colour) => ({
    label: axes || stage,
    colour,
    isDashed: false,
  }));
  const dashed = new Set(
    charts.flatMap((chart) => chart.lines.filter((line) => line.isDashed).map(({ name }) => name)),
  );
  return (
    <>
      <CurveLegend name="Instances" lines={lines} />
      {dashed.size > 0 && <p class="faint">dashed: {[...dashed].join(', ')}</p>}
    </>
  );
}
