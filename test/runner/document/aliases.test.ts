/** An alias is the last value before it with its anchor, as for the library that parses YAML. */
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { toPlain } from '../../../src/runner/document/located.ts';
import { parseYaml } from '../../../src/runner/document/parse-yaml.ts';

it.each([
  'a: &x 1\nb: *x\nc: &x 2\nd: [*x, &y { e: *x }]\nf: *y\n',
  'a: &x { b: 1 }\nc: { <<: *x, d: &x 3 }\ne: [*x, *x]\n',
  '? &x a\n: *x\n',
  'a: &x [&x 1, *x]\nb: *x\n',
])('%j', (text) => {
  const { root, diagnostics } = parseYaml({ path: 'p.yaml', text });
  expect(diagnostics).toEqual([]);
  expect(toPlain(root!)).toEqual(parse(text, { merge: true }));
});

it.each([
  ['a: *x\nb: &x 1\n', 'no anchor'],
  ['a: &x [*x]\n', 'an alias inside its own anchor'],
])('%j is refused', (text, message) => {
  const found = parseYaml({ path: 'p.yaml', text }).diagnostics.map((one) => one.message);
  expect(found.join('\n').toLowerCase()).toContain(message);
});
