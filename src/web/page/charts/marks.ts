/** The marks of a scatter as paths, so that a group of thousands of points is one element. */

/** Around (0, 0), in the order of the groups. Both the shape and the colour identify a group. */
const MARKS = [
  'm-3.5,0a3.5,3.5 0 1,0 7,0a3.5,3.5 0 1,0 -7,0z',
  'm-3.2,-3.2h6.4v6.4h-6.4z',
  'm0,-4.2l4,7h-8z',
  'm0,-4.5l4.5,4.5l-4.5,4.5l-4.5,-4.5z',
  'm0,4.2l4,-7h-8z',
  'm-1.3,-4h2.6v2.7h2.7v2.6h-2.7v2.7h-2.6v-2.7h-2.7v-2.6h2.7z',
  'm-4.2,-1.6h8.4v3.2h-8.4z',
  'm-1.6,-4.2h3.2v8.4h-3.2z',
] as const;

/** The colours are in the style sheet. */
export const COLOURS = 8;

/** After as many groups as colours, each colour comes with another shape. */
export function markOf(group: number, x: number, y: number): string {
  return `M${x.toFixed(1)},${y.toFixed(1)}${MARKS[(group + Math.floor(group / COLOURS)) % MARKS.length]}`;
}
