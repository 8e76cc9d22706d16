/** The arrows between the nodes of the graph. */
import { memo } from 'preact/compat';
import { useMemo } from 'preact/hooks';
import type { Drawing } from './drawing.ts';

/** Only the visible pieces of a long drawing are painted. */
const PIECE = 800;

export const Lines = memo(({ drawing, chosen }: { drawing: Drawing; chosen: number }) => {
  const pieces = useMemo(() => piecesOf(drawing), [drawing]);
  return (
    <>
      <svg aria-hidden="true" width="0" height="0">
        <defs>
          <Arrow id="arrow" />
          <Arrow id="arrow-near" />
        </defs>
      </svg>
      {pieces.map((lines, i) => (
        <svg
          key={i}
          aria-hidden="true"
          width={drawing.width}
          height={PIECE}
          viewBox={`0 ${i * PIECE} ${drawing.width} ${PIECE}`}
          style={{ top: i * PIECE }}
        >
          {lines.map(({ from, to, path }) => (
            <path
              key={`${from} ${to}`}
              d={path}
              class={from === chosen || to === chosen ? 'line near' : 'line'}
              marker-end={`url(#${from === chosen || to === chosen ? 'arrow-near' : 'arrow'})`}
            />
          ))}
        </svg>
      ))}
    </>
  );
});

function Arrow({ id }: { readonly id: string }) {
  return (
    <marker
      id={id}
      viewBox="0 0 10 10"
      refX="9"
      refY="5"
      markerWidth="9"
      markerHeight="9"
      markerUnits="userSpaceOnUse"
      orient="auto"
    >
      <path d="M0,0.5L10,5L0,9.5z" />
    </marker>
  );
}

function piecesOf({ height, lines, nodes }: Drawing): Drawing['lines'][] {
  return Array.from({ length: Math.ceil(height / PIECE) }, (_, i) =>
    lines.filter(({ from, to }) => nodes[to]!.y >= i * PIECE && nodes[from]!.y <= (i + 1) * PIECE),
  );
}
