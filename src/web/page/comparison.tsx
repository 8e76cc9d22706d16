/** Compares two runs: the metrics that differ, and the stages that differ with the reasons. */
import { stageOfInstance, withoutAxes } from '../../base/stage-name.ts';
import { counted } from '../../base/units.ts';
import type { ComparedStage, ComparisonAnswer } from '../answers.ts';
import { shownValue } from './quantities.ts';
import { useQuery } from './query.ts';

interface ComparisonProps {
  readonly before: string;
  readonly after: string;
  /** Changes when a run may have changed. */
  readonly time: string;
}

const MOST_SHOWN = 300;

export function Comparison({ before, after, time }: ComparisonProps) {
  const sides = { before, after };
  const { value, error } = useQuery<ComparisonAnswer>('/api/compare', sides, time);
  if (error) return <p class="error">{error}</p>;
  if (!value) return <p class="faint">…</p>;
  const { stages, same } = value;
  const groups = grouped(stages);
  const numbers = stages.flatMap(({ stage, metrics }) =>
    metrics.map((metric) => ({ stage, ...metric })),
  );
  return (
    <section aria-label="Comparison of two runs">
      <h2>Differences</h2>
      <p>
        {stages.length === 0
          ? 'Nothing. '
          : `${counted(stages.length, 'stage differs', 'stages differ')}. `}
        {counted(same, 'stage is', 'stages are')} the same.
      </p>
      {numbers.length > 0 && (
        <section class="table" tabIndex={0} aria-label="Numbers that differ">
          <table>
            <thead>
              <tr>
                <th scope="col">stage</th>
                <th scope="col">number</th>
                <th scope="col" class="number">
                  before
                </th>
                <th scope="col" class="number">
                  after
                </th>
                <th scope="col" class="number">
                  change
                </th>
              </tr>
            </thead>
            <tbody>
              {numbers
                .slice(0, MOST_SHOWN)
                .map(({ stage, name, before: was, after: is, delta }) => (
                  <tr key={`${stage} ${name}`}>
                    <td>{stage}</td>
                    <td>{name}</td>
                    <td class="number">{shownValue(was)}</td>
                    <td class="number">{shownValue(is)}</td>
                    <td class="number">
                      {delta === undefined ? '' : `${delta > 0 ? '+' : ''}${shownValue(delta)}`}
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
        </section>
      )}
      <More count={numbers.length} />
      <ul class="differences">
        {groups.slice(0, MOST_SHOWN).map(({ name, stage }) => (
          <Difference key={stage.stage} name={name} stage={stage} />
        ))}
      </ul>
      <More count={groups.length} />
    </section>
  );
}

function More({ count }: { readonly count: number }) {
  return count > MOST_SHOWN ? <p class="faint">and {count - MOST_SHOWN} more</p> : null;
}

/** Instances of a stage that differ in the same way are listed together. */
function grouped(
  stages: readonly ComparedStage[],
): readonly { readonly name: string; readonly stage: ComparedStage }[] {
  const groups = new Map<string, { count: number; stage: ComparedStage }>();
  for (const one of stages) {
    const texts = one.sentences.map(({ text, detail = '' }) => ({
      text: withoutAxes(text),
      detail: withoutAxes(detail),
    }));
    const key = JSON.stringify([stageOfInstance(one.stage), one.kind, one.sameOutputs, texts]);
    const group = groups.get(key);
    if (!group) groups.set(key, { count: 1, stage: one });
    else {
      group.count++;
      group.stage = { ...group.stage, sentences: texts };
    }
  }
  return [...groups.values()].map(({ count, stage }) => ({
    name: count > 1 ? `${stageOfInstance(stage.stage)} (${count})` : stage.stage,
    stage,
  }));
}

function Difference({
  name,
  stage: { kind, sentences, sameOutputs },
}: {
  readonly name: string;
  readonly stage: ComparedStage;
}) {
  return (
    <li>
      <strong>{name}</strong> {KINDS[kind]}
      {sameOutputs && ', with the same outputs'}
      {sentences.length > 0 && (
        <ul>
          {sentences.map(({ text, detail }) => (
            <li key={text}>
              {text}
              {detail && <div class="faint">{detail}</div>}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

const KINDS: Readonly<Record<ComparedStage['kind'], string>> = {
  'only-before': 'is only in the first run',
  'only-after': 'is only in the second run',
  'other-key': 'has another key',
  'other-outputs': 'has the same key but different outputs',
};
