/** A packed tree is the parsed one: values, order and places. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { packTree, unpackTree } from '../../../src/runner/document/packed-tree.ts';
import { parseYaml } from '../../../src/runner/document/parse-yaml.ts';

function expectSame(text: string): void {
  const source = { path: 'p.yaml', text };
  const { root } = parseYaml(source);
  if (!root) return;
  expect(unpackTree(packTree(root), source)).toEqual(root);
}

it.each([
  ['line ends of Windows', 'a: 1\r\nb:\r\n  - x\r\n  - "y\r\n    z"\r\n'],
  ['tabs', 'a:\t1\nb: {\tc:\t2 }\n'],
  ['letters of two units, and marks', '\ufeff"\u{1f600}k\u00e9": \u{1f600}\nb: "\u{1d11e} x"\n'],
  [
    'anchors, aliases and merged maps',
    'a: &a { x: 1, y: [2] }\nb: *a\nc: { <<: *a, x: 3 }\nd: [*a, *a]\n',
  ],
  ['texts of several lines', 'a: |\n  one\n  two\n\nb: >-\n  three\n  four\nc: last\n'],
  ['comments and nothing', '# first\na:\n  # second\n  b: # third\nc: ~\n\n\n'],
  [
    'several values of one text',
    'a: 1\nb: "1"\nc: true\nd: "true"\ne: ~\nf: "null"\ng: -0.0\nh: 1.5e300\n',
  ],
  [
    'values as they are written',
    'a: 1.0\nb: 12345678901234567891\nc: .inf\nd: True\ne: [0x1F, 1.0]\n',
  ],
  ['one value', 'x'],
])('with %s', (_what, text) => {
  expectSame(text);
});

it('of any document', () => {
  const key = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('a', 'b', '1', 'on', '-'));
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
      ),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(tree, fc.boolean(), fc.boolean(), (value, flow, windows) => {
      const text = stringify(value, { collectionStyle: flow ? 'flow' : 'any' });
      expectSame(windows ? text.replaceAll('\n', '\r\n') : text);
    }),
    { seed: 3, numRuns: 400 },
  );
});
