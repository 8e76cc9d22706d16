/** Whether the page is being printed. Then all rows are drawn, and the graph is one column. */
import { signal } from '@preact/signals';

export const printing = signal(false);

/** Of the graph on paper, in pixels. */
export const PRINTED_GRAPH = 440;

export function followPrinting(): void {
  const query = matchMedia('print');
  printing.value = query.matches;
  query.addEventListener('change', ({ matches }) => {
    printing.value = matches;
  });
}
