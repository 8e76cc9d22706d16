/** Chooses the columns of the table of experiments. Those that tell rows apart are always shown. */
import { keepColumns } from './experiment-state.ts';

interface ColumnChoiceProps {
  readonly columns: readonly { readonly name: string }[];
  readonly chosen: readonly string[];
  readonly project: string;
}

export function ColumnChoice({ columns, chosen, project }: ColumnChoiceProps) {
  return (
    <details class="column-choice">
      <summary>Columns</summary>
      <fieldset>
        <legend class="unseen">Columns</legend>
        {columns.map(({ name }) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              onChange={({ currentTarget }) =>
                keepColumns(
                  project,
                  currentTarget.checked
                    ? [...chosen, name]
                    : chosen.filter((other) => other !== name),
                )
              }
            />{' '}
            {name}
          </label>
        ))}
        <button type="button" class="plain" onClick={() => keepColumns(project, undefined)}>
          Default columns
        </button>
      </fieldset>
    </details>
  );
}
