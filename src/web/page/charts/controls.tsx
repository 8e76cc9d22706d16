/** The controls above a chart. */
import type { Named } from '../experiment-query.ts';

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly Named[];
  readonly onChoose: (name: string) => void;
}

export function Choice({ label, value, options, onChoose }: ChoiceProps) {
  return (
    <label>
      {label}{' '}
      <select
        value={value}
        aria-label={label}
        onChange={({ currentTarget }) => onChoose(currentTarget.value)}
      >
        {options.map(({ name }) => (
          <option key={name} value={name}>
            {name || 'the same'}
          </option>
        ))}
      </select>
    </label>
  );
}

interface CheckProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (on: boolean) => void;
}

export function Check({ label, checked, onChange }: CheckProps) {
  return (
    <label>
      <input
        type="checkbox"
        checked={checked}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />{' '}
      {label}
    </label>
  );
}
