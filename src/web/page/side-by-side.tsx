/** Some rows of the table of experiments side by side, with the values that differ. */

import { type CellOf, numberIn } from '../../base/table-query.ts';
import { isShared } from '../../base/telling-columns.ts';
import { figure } from '../../base/units.ts';
import type { ExperimentLine, ExperimentsAnswer } from '../answers.ts';
import { dataColumns } from './data-table.tsx';
import { picked } from './experiment-state.ts';

interface SideBySideProps {
  readonly rows: readonly ExperimentLine[];
  readonly columns: ExperimentsAnswer['columns'];
  readonly cellOf: CellOf<ExperimentLine>;
}

export function SideBySide({ rows, columns, cellOf }: SideBySideProps) {
  const differing = columns.filter((column) => !isShared(column, rows, cellOf));
  const [key, ...lines] = dataColumns([{ name: 'key', kind: 'about' }, ...differing], rows, cellOf);
  const [first, second] = rows;
  const isPair = rows.length === 2;
  const deltaOf = (name: string, kind: string): string => {
    const [from, to] = [numberIn(cellOf(first!, name)), numberIn(cellOf(second!, name))];
    if (kind === 'about' || from === undefined || to === undefined) return '';
    return `${to > from ? '+' : ''}${figure(to - from)}`;
  };
  return (
    <section aria-label="Side by side">
      <h3>
        Side by side{' '}
        <button
          type="button"
          class="plain"
          onClick={() => {
            picked.value = new Set();
          }}
        >
          Clear
        </button>
      </h3>
      <section class="table" tabIndex={0} aria-label="Table of differences">
        <table class="side-by-side">
          <thead>
            <tr>
              <th scope="col">key</th>
              {rows.map((row, i) => (
                <th key={i} scope="col" class="number code">
                  {key!.text(row)}
                </th>
              ))}
              {isPair && (
                <th scope="col" class="number">
                  difference
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {lines.map(({ name, kind, text }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {rows.map((row, i) => (
                  <td key={i} class="number">
                    {text(row)}
                  </td>
                ))}
                {isPair && <td class="number">{deltaOf(name, kind)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
