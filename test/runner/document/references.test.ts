/**
 * A reference to an unknown name is reported at its place, with advice for variables of the shell.
 */
import { expect, it } from 'vitest';
import { formatDiagnostic } from '../../../src/runner/document/diagnostic.ts';
import { interpolate } from '../../../src/runner/document/interpolate.ts';
import type { LocatedMap } from '../../../src/runner/document/located.ts';
import { parseYaml } from '../../../src/runner/document/parse-yaml.ts';

const nothing: LocatedMap = {
  kind: 'map',
  entries: new Map(),
  span: { file: '', start: 0, end: 0, line: 1, column: 1 },
};

function reportOf(text: string): string {
  const source = { path: 'p.yaml', text };
  const { root } = parseYaml(source);
  return interpolate(root!, nothing)
    .diagnostics.map((one) => formatDiagnostic(one, [source]))
    .join('\n');
}

const block = `a:
  run: |
    for i in 1 2; do
      echo $\${well} \${i}
    done
`;

it('in a block it is reported on its line', () => {
  expect(reportOf(block)).toBe(`p.yaml:4:21: error: no variable is named "i"
 4 |       echo $\${well} \${i}
   |                     ^^^^
  help: "$\${i}" passes "\${i}" to the shell`);
});

it.each([
  ['a folded text', 'run: >\n  one\n  two ${x}\n', '3:7'],
  ['a text of one line', 'run: echo ${x}\n', '1:11'],
  ['a quoted text', 'run: "echo\n  ${x}"\n', '2:3'],
  ['an item of a list', 'run:\n  - one\n  - cat ${x}\n', '3:9'],
  ['line breaks of Windows', 'run: |\r\n  one\r\n  two ${x}\r\n', '3:7'],
  ['the whole value', 'run: ${x}\n', '1:6'],
])('in %s', (_what, text, place) => {
  expect(reportOf(text)).toContain(`p.yaml:${place}: error: no variable is named "x"`);
});

it.each(['${x:-default}', '${x%.*}', '${#x}', '${x[@]}'])(
  'an expansion of the shell: %s',
  (text) => {
    expect(reportOf(`run: echo ${text}\n`)).toContain(
      `p.yaml:1:11: error: "${text}" is not the name of a variable\n 1 | run: echo ${text}`,
    );
    expect(reportOf(`run: echo ${text}\n`)).toContain(
      `  help: "$${text}" passes "${text}" to the shell`,
    );
  },
);

it('a variable of the environment may be meant', () => {
  expect(reportOf('run: echo ${HOME}\n')).toContain(
    'help: "$${HOME}" passes "${HOME}" to the shell; "${env.HOME}" inserts the environment variable, and its value becomes part of the key',
  );
});

it('a text with escapes is marked as a whole', () => {
  expect(reportOf('run: "a\\x20$\\x7bx}  ${x}"\n')).toContain('p.yaml:1:6: error');
});
