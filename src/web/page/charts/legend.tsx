/** The names of what a chart draws, each with a sample. */
import type { ComponentChildren } from 'preact';

interface LegendProps<Item> {
  readonly label: string;
  readonly items: readonly Item[];
  readonly most: number;
  readonly nameOf: (item: Item) => string;
  /** The width and the height of the samples. */
  readonly size: readonly [number, number];
  readonly sample: (item: Item) => ComponentChildren;
}

export function Legend<Item>({ label, items, most, nameOf, size, sample }: LegendProps<Item>) {
  const [width, height] = size;
  return (
    <ul class="legend" aria-label={label}>
      {items.slice(0, most).map((item) => (
        <li key={nameOf(item)}>
          <svg width={width} height={height} aria-hidden="true">
            {sample(item)}
          </svg>{' '}
          {nameOf(item)}
        </li>
      ))}
      {items.length > most && <li>and {items.length - most} more</li>}
    </ul>
  );
}
