/** The DAG: a coloured button per stage, and the lines between them. */

import type { Signal } from '@preact/signals';
import { memo } from 'preact/compat';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { duration } from '../../base/units.ts';
import type { Group } from '../messages.ts';
import { type Drawing, NODE, type Point } from './drawing.ts';
import { Lines } from './graph-lines.tsx';
import { layOut } from './layout.ts';
import { PRINTED_GRAPH, printing } from './printing.ts';
import { go, route } from './route.ts';
import { describeCounts, LOOKS, leading } from './states.ts';
import {
  clock,
  fractionOf,
  type GroupView,
  groups,
  membersOf,
  pipeline,
  secondsRun,
} from './store.ts';

export function Graph() {
  const list = pipeline.value?.groups ?? [];
  const room = useRoom();
  const drawing = useMemo(() => layOut(list, room), [list, room]);
  const [wanted, setWanted] = useState('');
  const box = useRef<HTMLDivElement>(null);
  const chosen = route.value.group;
  const reachable = Math.max(
    0,
    list.findIndex(({ name }) => name === chosen),
  );
  // The panel takes space, so the chosen node is scrolled into view.
  useEffect(() => {
    if (chosen === undefined) return;
    const node = box.current?.querySelector('.node[aria-pressed="true"]');
    node?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [chosen]);
  const isWanted = ({ name }: Group): boolean => name.toLowerCase().includes(wanted.toLowerCase());
  useEffect(() => {
    if (wanted === '') return;
    box.current?.querySelector('.node:not(.other)')?.scrollIntoView({ block: 'nearest' });
  }, [wanted]);
  const move = (event: KeyboardEvent): void => {
    const buttons = [...(box.current?.querySelectorAll<HTMLButtonElement>('.node') ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const next = at < 0 ? undefined : neighbour(drawing, at, event.key);
    if (next === undefined) return;
    event.preventDefault();
    buttons[next]?.focus();
  };
  return (
    <section class="graph" aria-label="Stages" aria-describedby="graph-keys">
      <p id="graph-keys" class="unseen">
        Arrow keys go from stage to stage, Enter opens one.
      </p>
      {list.length > MOST_WITHOUT_SEARCH && (
        <p class="find">
          <input
            type="search"
            placeholder="Find stages"
            aria-label="Find stages"
            value={wanted}
            onInput={({ currentTarget }) => setWanted(currentTarget.value)}
          />
        </p>
      )}
      <div
        ref={box}
        role="group"
        aria-label="Graph of the stages"
        class={chosen === undefined ? 'canvas' : 'canvas has-chosen'}
        style={{ width: drawing.width, height: drawing.height }}
        onKeyDown={move}
      >
        <Lines drawing={drawing} chosen={chosen === undefined ? -1 : reachable} />
        {list.map((group, i) => (
          <Node
            key={group.name}
            group={group}
            place={i}
            at={drawing.nodes[i]!}
            view={groups.value[i]!}
            chosen={group.name === chosen}
            other={!isWanted(group)}
            tab={i === reachable}
          />
        ))}
      </div>
    </section>
  );
}

/** Smaller graphs are seen at a glance. */
const MOST_WITHOUT_SEARCH = 30;

/** The width of the window. With that of the view, the graph would change when the panel opens. */
function useRoom(): number {
  const [room, setRoom] = useState(document.documentElement.clientWidth);
  useEffect(() => {
    const look = (): void => setRoom(document.documentElement.clientWidth);
    addEventListener('resize', look);
    return () => removeEventListener('resize', look);
  }, []);
  return printing.value ? Math.min(room, PRINTED_GRAPH) : room;
}

interface NodeProps {
  readonly group: Group;
  readonly place: number;
  readonly at: Point;
  readonly view: Signal<GroupView>;
  readonly chosen: boolean;
  /** Not among those that were searched for. */
  readonly other: boolean;
  readonly tab: boolean;
}

const Node = memo(({ group, place: index, at, view, chosen, other, tab }: NodeProps) => {
  const { counts, running } = view.value;
  const state = leading(counts);
  const members = membersOf(index);
  const only = members.length === 1 ? members[0]! : undefined;
  const now = running.length > 0 ? clock.value : 0;
  const what = only ? LOOKS[state].name : describeCounts(counts);
  const ran = running[0] && secondsRun(running[0], now);
  const done = (counts.done ?? 0) + (counts.cached ?? 0);
  // Of many instances, the share that is done; of one, its progress.
  const fraction = only
    ? running[0] && fractionOf(running[0], now)
    : running.length > 0
      ? done / members.length
      : undefined;
  return (
    <button
      type="button"
      class={`node ${state}${other ? ' other' : ''}`}
      style={{ left: at.x - NODE.width / 2, top: at.y - NODE.height / 2 }}
      aria-pressed={chosen}
      tabIndex={tab ? 0 : -1}
      title={group.name}
      onClick={() => go({ view: 'graph', group: group.name, ...(only && { stage: only.id }) })}
    >
      <span class="sign" aria-hidden="true">
        {LOOKS[state].sign}
      </span>
      <span class={group.name.length > MOST_IN_LINE ? 'name long' : 'name'}>{group.name}</span>
      {!only && (
        <span class="size">
          ×{members.length}
          <span class="unseen"> instances: </span>
        </span>
      )}
      <span class="what">
        {what}
        {only && ran !== undefined && ` ${duration(Math.floor(ran))}`}
        {only &&
          running.length === 0 &&
          only.seconds !== undefined &&
          ` · ${duration(only.seconds)}`}
      </span>
      {fraction !== undefined && <span class="bar" style={{ width: `${fraction * 100}%` }} />}
    </button>
  );
});

/** Characters. Longer names take two lines. */
const MOST_IN_LINE = 14;

/** The nearest node in the direction of the arrow key. */
function neighbour({ nodes }: Drawing, at: number, key: string): number | undefined {
  if (key === 'Home') return 0;
  if (key === 'End') return nodes.length - 1;
  const direction = DIRECTIONS[key];
  if (!direction) return undefined;
  const here = nodes[at]!;
  let best: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [i, { x, y }] of nodes.entries()) {
    const along = (x - here.x) * direction.x + (y - here.y) * direction.y;
    const aside = Math.abs((x - here.x) * direction.y) + Math.abs((y - here.y) * direction.x);
    if (along < 1 || i === at) continue;
    const far = along + 2 * aside;
    if (far < least) {
      least = far;
      best = i;
    }
  }
  return best;
}

const DIRECTIONS: Readonly<Record<string, Point>> = {
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
};
