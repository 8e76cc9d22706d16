import { expect, it } from 'vitest';
import { inheritedOptions } from '../../../src/runner/execution/node-options.ts';

it.each([
  [['--max-old-space-size=8000', '--import', './hook.mjs', '-r', 'x']],
  [['--enable-source-maps']],
  [[]],
])('of a program in a file a child has all: %j', (given) => {
  expect(inheritedOptions(given)).toEqual(given);
});

it.each([
  [['-e', 'run()', '--no-warnings']],
  [['--no-warnings', '--input-type=module', '--eval', "import 'x'\n-e"]],
  [['--input-type', 'module', '--no-warnings', '-pe', 'run()']],
  [['--print=run()\nrun()', '--no-warnings', '-i']],
])('code given on the command line is not for a child: %j', (given) => {
  expect(inheritedOptions(given)).toEqual(['--no-warnings']);
});
