/** Chooses some columns of the table of experiments. */

interface ColumnChoiceProps {
  readonly label: string;
  readonly columns: readonly { readonly name: string }[];
  readonly chosen: readonly string[];
  /** With undefined, the page chooses. */
  readonly onChoose: (names: readonly string[] | undefined) => void;
}

export function ColumnChoice({ label, columns, chosen, onChoose }: ColumnChoiceProps) {
  return (
    <details class="column-choice">
      <summary>{label}</summary>
      <fieldset>
        <legend class="unseen">{label}</legend>
        {columns.map(({ name }) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              onChange={({ currentTarget }) =>
                onChoose(
                  currentTarget.checked
                    ? [...chosen, name]
                    : chosen.filter((other) => other !== name),
                )
              }
            />{' '}
            {name}
          </label>
        ))}
        <button type="button" class="plain" onClick={() => onChoose(undefined)}>
          Default {label.toLowerCase()}
        </button>
      </fieldset>
    </details>
  );
}
