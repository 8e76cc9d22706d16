/**
 * The look of a method: a colour that colour-blind readers can distinguish (Okabe & Ito, 'Color universal design',
 * 2008, without its yellow, which is too light on white) and a mark, for print in grey. A method has the same look in
 * every figure of every report. Users whose journal requires other colours can set them by method.
 */

export interface Look {
  readonly colour: string;
  /** A symbol of Vega. */
  readonly shape: string;
  /** Dash and gap lengths of its line: solid, unless another method has the same colour. */
  readonly dash: readonly number[];
}

/** By method, with its scheme and choice of ranks. */
export type Looks = ReadonlyMap<string, Look>;

/** Method, without its scheme and choice of ranks -> '#rrggbb'. */
export type Colours = Readonly<Record<string, string>>;

interface Named {
  readonly method: string;
  readonly base: string;
}

/**
 * A method that is not in the list gets a place after it. A method with several schemes has one colour and a mark per
 * scheme.
 */
export function looksOf(rows: readonly Named[], colours: Colours = {}): Looks {
  const bases = new Map(rows.map(({ method, base }) => [method, base]));
  const unlisted = [...new Set(bases.values())].filter((base) => !PLACES.includes(base)).sort();
  const places = [...PLACES, ...unlisted];
  const taken = new Set<number>();
  // The plain method first: it is the one that keeps its mark.
  const methods = [...bases.keys()].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return new Map(
    methods.map((method) => {
      const base = bases.get(method)!;
      const usual = places.indexOf(base);
      let place = usual;
      if (taken.has(place)) {
        place = usual + HUES.length * Math.ceil((places.length - usual) / HUES.length);
        while (taken.has(place)) place += HUES.length;
      }
      taken.add(place);
      const look = lookAt(place);
      return [method, { ...look, colour: colours[base] ?? look.colour }];
    }),
  );
}

const HUES = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000'] as const;

export const SHAPES = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'triangle-down',
  'cross',
  'triangle-right',
] as const;

/** Dash and gap lengths; the first is solid. */
export const DASHES: readonly (readonly number[])[] = [
  [1, 0],
  [6, 2],
  [2, 2],
  [8, 2, 2, 2],
  [4, 4],
  [1, 3],
  [10, 3],
];

/** Each pair of colour and mark once, in an order in which neighbours differ in both. */
function lookAt(place: number): Look {
  const round = Math.floor(place / HUES.length);
  return {
    colour: HUES[place % HUES.length]!,
    shape: SHAPES[(place + round) % SHAPES.length]!,
    dash: DASHES[round % DASHES.length]!,
  };
}

/** A new method is appended, so that the others keep their looks. */
const PLACES: readonly string[] = [
  'svd',
  'cur-published',
  'cur-lineartime',
  'cur-leverage',
  'cur-deim',
  'cur-qdeim',
  'cur-qr',
  'svd-balanced',
  'cur-norm-distinct',
  'cur-leverage-exact',
  'cur-top-leverage',
  'cur-adaptive',
  'svd-whitened',
  'svd-published',
  'cur-norm',
  'svd-output',
  'cur-id',
  'cur-whitened',
  'cur-uniform',
  'svd-activation',
  'cur-activation',
  'int8',
  'fold',
];

/** Things in an order, such as layers and rates, from the first (dark) to the last (light). Not the colours of methods. */
export function shade(place: number, count: number): string {
  const share = count < 2 ? 0 : place / (count - 1);
  const channels = DARKEST.map((from, i) => Math.round(from + share * (LIGHTEST[i]! - from)));
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

const DARKEST = [0x16, 0x32, 0x4a] as const;
const LIGHTEST = [0x8f, 0xa9, 0xbc] as const;
