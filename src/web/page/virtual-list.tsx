/** A long list of rows of equal height. Only the visible rows are rendered. */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { useVisibleRows } from './visible-rows.ts';

interface VirtualListProps {
  readonly count: number;
  readonly rowHeight: number;
  readonly label: string;
  readonly row: (index: number) => ComponentChildren;
}

export function VirtualList({ count, rowHeight, label, row }: VirtualListProps) {
  const box = useRef<HTMLElement>(null);
  const { first, end, look } = useVisibleRows(box, count, rowHeight);
  const shown = Array.from({ length: end - first }, (_, i) => first + i);
  return (
    <section ref={box} class="virtual" onScroll={look} aria-label={label} tabIndex={0}>
      <ul style={{ height: count * rowHeight }}>
        {shown.map((index) => (
          <li
            key={index}
            style={{ top: index * rowHeight, height: rowHeight }}
            aria-setsize={count}
            aria-posinset={index + 1}
          >
            {row(index)}
          </li>
        ))}
      </ul>
    </section>
  );
}
