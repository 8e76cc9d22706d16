/**
 * The look of a method in all charts: a colour that colour-blind readers can distinguish (Okabe & Ito, 'Color
 * universal design', 2008, without its yellow, which is too light on white) and a shape, for print in grey.
 *
 * The usual methods have the same look in all reports; others get the remaining ones. Users whose journal requires
 * other colours can set them by method.
 */

export interface Look {
  readonly colour: string;
  /** A symbol of Vega. */
  readonly shape: string;
}

/** Method -> '#rrggbb'. */
export type Colours = Readonly<Record<string, string>>;

export function looksOf(
  methods: readonly string[],
  colours: Colours = {},
): ReadonlyMap<string, Look> {
  const usual = methods.filter((method) => USUAL.has(method));
  const taken = new Set(usual.map((method) => USUAL.get(method)!));
  const free = LOOKS.filter((look) => !taken.has(look));
  const looks = new Map<string, Look>();
  let others = 0;
  for (const method of methods) {
    const look =
      USUAL.get(method) ??
      (free.length === 0 ? LOOKS : free)[others++ % (free.length || LOOKS.length)]!;
    looks.set(method, { ...look, colour: colours[method] ?? look.colour });
  }
  return looks;
}

/** For series that differ by colour and dash, such as layers. */
export const COLOURS = [
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#E69F00',
  '#56B4E9',
  '#000000',
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

const LOOKS: readonly Look[] = [
  { colour: COLOURS[0], shape: 'circle' },
  { colour: COLOURS[1], shape: 'square' },
  { colour: COLOURS[2], shape: 'triangle-up' },
  { colour: COLOURS[3], shape: 'diamond' },
  { colour: COLOURS[4], shape: 'triangle-down' },
  { colour: COLOURS[5], shape: 'cross' },
  { colour: COLOURS[6], shape: 'triangle-right' },
];

const USUAL: ReadonlyMap<string, Look> = new Map([
  ['svd', LOOKS[0]!],
  ['cur-published', LOOKS[1]!],
  ['cur-lineartime', LOOKS[2]!],
  ['cur-leverage', LOOKS[3]!],
]);
