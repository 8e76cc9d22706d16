/** The range of rows of equal height that a box shows, for lists that render only these. */
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { printing } from './printing.ts';

/** Rows that are rendered beyond each end. */
const BEYOND = 6;

export interface VisibleRows {
  readonly first: number;
  /** After the last one. */
  readonly end: number;
  /** To be called when the box is scrolled. */
  readonly look: () => void;
}

export function useVisibleRows(
  box: RefObject<HTMLElement | null>,
  count: number,
  rowHeight: number,
): VisibleRows {
  const [seen, setSeen] = useState({ top: 0, height: 400 });
  const look = (): void => {
    const { scrollTop = 0, clientHeight = 0 } = box.current ?? {};
    setSeen({ top: scrollTop, height: clientHeight });
  };
  useLayoutEffect(look, [count]);
  useEffect(() => {
    const watch = new ResizeObserver(look);
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  if (printing.value) return { first: 0, end: count, look };
  const end = Math.min(count, Math.ceil((seen.top + seen.height) / rowHeight) + BEYOND);
  const first = Math.max(0, Math.min(end, Math.floor(seen.top / rowHeight) - BEYOND));
  return { first, end, look };
}
