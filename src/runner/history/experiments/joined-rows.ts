/**
 * Joins the metrics of all stages of one configuration to a row. A stage belongs to every row that has all its axes with
 * the same values, as in the joins of a pipeline. So the row of `evaluate[model=a,rate=2]` has the metrics of
 * `train[model=a]` too.
 */
import { addTo } from '../../../base/add-to.ts';
import type { Axes } from '../../graph/pipeline.ts';
import { identityOf, type Measured, type MeasuredLine } from './measured.ts';
import { axesText, axisSetsOf, type PastResult } from './past-results.ts';

export interface JoinedRow {
  readonly axes: Axes;
  /** The name of the row in a list of metrics. */
  readonly row: string | undefined;
  /** The results that have all axes of the row. They identify it. */
  readonly own: readonly PastResult[];
  /** All results with metrics in this row, the own ones last. */
  readonly parts: readonly { readonly result: PastResult; readonly line: MeasuredLine }[];
}

interface Group {
  readonly axes: Axes;
  readonly measured: readonly Measured[];
  /** The results of groups with some of these axes. */
  readonly joined: Measured[];
  isJoined: boolean;
}

export function joinRows(all: readonly Measured[]): readonly JoinedRow[] {
  const measured = all.filter(({ lines }) => lines.length > 0);
  const sets = axisSetsOf(measured, ({ result }) => result.axes).map(({ names, members }) => ({
    names,
    groups: new Map(
      [...members].map(([text, group]): [string, Group] => [
        text,
        { axes: group[0]!.result.axes, measured: group, joined: [], isJoined: false },
      ]),
    ),
  }));
  // Fewer axes first, so that the metrics of earlier stages come first in a row.
  sets.sort((a, b) => a.names.length - b.names.length);
  for (const few of sets) {
    for (const more of sets) {
      const isPart = few.names.every((name) => more.names.includes(name));
      if (few === more || !isPart) continue;
      for (const group of more.groups.values()) {
        const part = few.groups.get(axesText(group.axes, few.names));
        if (!part) continue;
        part.isJoined = true;
        group.joined.push(...part.measured);
      }
    }
  }
  return sets.flatMap(({ groups }) => [...groups.values()].flatMap(rowsOf));
}

/** A list of metrics is not joined to other rows, because it would multiply them. It keeps its own rows. */
function rowsOf({ axes, measured, joined, isJoined }: Group): readonly JoinedRow[] {
  const own = measured.map(({ result }) => result);
  const singles = [...joined, ...measured].flatMap(({ result, lines }) =>
    lines.filter(({ row }) => row === undefined).map((line) => ({ result, line })),
  );
  const names = new Set(
    measured.flatMap(({ lines }) => lines.flatMap(({ row }) => (row === undefined ? [] : [row]))),
  );
  if (names.size === 0) return isJoined ? [] : [{ axes, row: undefined, own, parts: singles }];
  return [...names].map((row) => {
    const listed = measured.flatMap(({ result, lines }) =>
      lines.filter((line) => line.row === row).map((line) => ({ result, line })),
    );
    return { axes, row, own, parts: [...singles, ...listed] };
  });
}

/** Equal for rows of different runs with the same results. */
export function rowIdentity({ own, row }: JoinedRow): string {
  return JSON.stringify([own.map(identityOf).sort(), row ?? null]);
}

/** Leaves out rows whose results are all part of another row with more results. A run of one target has such rows. */
export function withoutParts<Row extends JoinedRow>(rows: readonly Row[]): readonly Row[] {
  const sets = rows.map(({ parts }) => new Set(parts.map(({ result }) => identityOf(result))));
  const rowsWith = new Map<string, number[]>();
  for (const [i, set] of sets.entries()) {
    for (const id of set) {
      addTo(rowsWith, id, i);
    }
  }
  return rows.filter((row) => {
    // What an own result is joined with depends on the run, so only the own ones count.
    const own = row.own.map(identityOf);
    const rarest = own
      .map((id) => rowsWith.get(id) ?? [])
      .reduce((a, b) => (a.length <= b.length ? a : b));
    return !rarest.some((place) => {
      const other = rows[place]!;
      const isPeer = other.own.length === row.own.length && other.axes.size === row.axes.size;
      const hasRow = row.row === undefined || row.row === other.row;
      return !isPeer && hasRow && own.every((id) => sets[place]!.has(id));
    });
  });
}
