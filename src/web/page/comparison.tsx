/** Compares two runs: the metrics that differ, and the stages that differ with the reasons. */
import { counted } from '../../base/units.ts';
import type { ComparedStage, ComparisonAnswer } from '../messages.ts';
import { shownValue } from './quantities.ts';
import { useQuery } from './query.ts';

interface Sides {
  readonly before: string;
  readonly after: string;
}

const MOST_SHOWN = 300;

export function Comparison({ before, after }: Sides) {
  const { value, error } = useQuery<ComparisonAnswer>('/api/compare', { before, after }, '');
  if (error) return <p class="error">{error}</p>;
  if (!value) return <p class="faint">…</p>;
  const { stages, same } = value;
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
      <ul class="differences">
        {stages.slice(0, MOST_SHOWN).map((stage) => (
          <Difference key={stage.stage} stage={stage} />
        ))}
      </ul>
      {stages.length > MOST_SHOWN && <p class="faint">and {stages.length - MOST_SHOWN} more</p>}
    </section>
  );
}

function Difference({
  stage: { stage, kind, sentences, sameOutputs },
}: {
  readonly stage: ComparedStage;
}) {
  return (
    <li>
      <strong>{stage}</strong> {KINDS[kind]}
      {sameOutputs && ', with the same outputs'}
      {sentences.length > 0 && (
        <ul>
          {sentences.map(({ text, detail }) => (
            <li key={text}>
              {text}
              {detail !== undefined && <div class="faint">{detail}</div>}
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
