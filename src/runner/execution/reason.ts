/** Why a stage runs: data from the decision, and the sentences for it. */
import type { Json } from '../../base/json.ts';
import { unreachable } from '../../base/unreachable.ts';
import { spanAt } from '../document/located.ts';
import { formatPlace, type Span } from '../document/source.ts';
import type { Stage } from '../graph/pipeline.ts';
import type { Change } from '../key/difference.ts';
import type { Digest } from '../key/digest.ts';

export type Reason =
  | { readonly kind: 'forced' }
  | { readonly kind: 'first-run' }
  /** No run of this instance is known. One parameter differs from the most similar instance. */
  | {
      readonly kind: 'new-instance';
      readonly like: string;
      readonly changes: readonly PlacedChange[];
    }
  | { readonly kind: 'changed'; readonly changes: readonly PlacedChange[] }
  /** The key is known, but its results in the store are missing or damaged. */
  | { readonly kind: 'lost' };

/** With the place that sets the parameter, or the stages whose artifacts are new. */
export type PlacedChange = Change & { readonly span?: Span; readonly from?: readonly string[] };

export function placeChanges(
  changes: readonly Change[],
  stage: Stage,
  producers: ReadonlyMap<string, readonly { stage: string; digest: Digest }[]>,
): PlacedChange[] {
  return changes.map((change) => {
    if (change.kind === 'parameter') {
      return stage.declared
        ? { ...change, span: spanAt(stage.declared, change.path, 'value') }
        : change;
    }
    if (change.kind === 'input') {
      const sources = producers.get(change.port) ?? [];
      const from = sources
        .filter((one) => change.added.includes(one.digest))
        .map((one) => one.stage);
      return { ...change, from: [...new Set(from)] };
    }
    return change;
  });
}

export function describeReason(reason: Reason): readonly string[] {
  switch (reason.kind) {
    case 'forced':
      return ['forced'];
    case 'first-run':
      return ['first run'];
    case 'new-instance':
      return [`first run${differenceOfOne(reason)}`];
    case 'changed':
      return reason.changes.map(describeChange);
    case 'lost':
      return ['its results in the store are missing or damaged'];
    default:
      return unreachable(reason);
  }
}

/** Records of older versions have several changes. None is reported, because this stage never ran. */
function differenceOfOne({ like, changes }: Extract<Reason, { kind: 'new-instance' }>): string {
  const [change] = changes;
  if (!change || !isOneParameter(changes)) return '';
  return `; ${describeChange(change)}, compared with ${like}`;
}

/** Whether a new instance differs from a known one in a single parameter, as in a sweep. */
export function isOneParameter(changes: readonly PlacedChange[]): boolean {
  return changes.length === 1 && changes[0]!.kind === 'parameter';
}

export function describeChange(change: PlacedChange): string {
  switch (change.kind) {
    case 'type':
      return `stage type ${change.before} -> ${change.after}`;
    case 'parameter': {
      const place = change.span ? ` (${formatPlace(change.span)})` : '';
      return `parameter ${change.path.join('.')}: ${brief(change.before)} -> ${brief(change.after)}${place}`;
    }
    case 'input': {
      const from = change.from ?? [];
      const named = from.length > 2 ? [...from.slice(0, 2), `${from.length - 2} more`] : from;
      const news = named.length > 0 ? ` from ${named.join(', ')}` : '';
      const [added, removed] = [change.added.length, change.removed.length];
      if (from[0]?.startsWith('./'))
        return `file ${from[0].slice(2)} ${removed > 0 ? 'has changed' : 'is new'}`;
      if (added === 1 && removed === 1) return `input ${change.port}: other content${news}`;
      const counts = [added > 0 ? `${added} added` : '', removed > 0 ? `${removed} removed` : ''];
      return `input ${change.port}: ${counts.filter(Boolean).join(', ')}${news}`;
    }
    case 'environment':
    case 'package':
      return `${change.kind} ${change.name}: ${change.before ?? 'absent'} -> ${change.after ?? 'absent'}`;
    case 'code':
      return change.files.length > 0
        ? `code: ${describeFiles(change)}`
        : 'code: how its files are bundled';
    default:
      return unreachable(change);
  }
}

const MOST_FILES = 4;

/** `src/svd.ts: thinSvd, signOf; src/qr.ts and 3 more files`. */
function describeFiles(change: CodeChange): string {
  const texts = describeCodeFiles(change);
  const more = texts.length - MOST_FILES;
  const shown = texts.slice(0, MOST_FILES).join('; ');
  return more > 0 ? `${shown} and ${more} more ${more === 1 ? 'file' : 'files'}` : shown;
}

type CodeChange = Extract<Change, { kind: 'code' }>;

/** One text per file. Files with known declarations come first. */
export function describeCodeFiles({ files, declarations = {} }: CodeChange): readonly string[] {
  const texts = files.map((file) => {
    const names = declarations[file] ?? [];
    const shown = names.slice(0, MOST_NAMES);
    const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
    return names.length > 0 ? `${file}: ${shown.join(', ')}${more}` : file;
  });
  return [
    ...texts.filter((text) => text.includes(': ')),
    ...texts.filter((text) => !text.includes(': ')),
  ];
}

const MOST_NAMES = 4;

function brief(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
