import { expect, it } from 'vitest';
import { inheritedOptions } from '../../../src/runner/execution/node-options.ts';

it.each([
  [['--max-old-space-size=8000', '--import', './hook.mjs', '-r', 'x']],
  [['--enable-source-maps']],
  [[]],
])('of a program in a file are all passed to a child: %j', (given) => {
  expect(inheritedOptions(given)).toEqual(given);
});

it.each([
  [['-e', 'run()', '--no-warnings']],
  [['--no-warnings', '--input-type=module', '--eval', "import 'x'\n-e"]],
  [['--input-type', 'module', '--no-warnings', '-pe', 'run()']],
  [['--print=run()\nrun()', '--no-warnings', '-i']],
])('with code on the command line are not passed to a child: %j', (given) => {
  expect(inheritedOptions(given)).toEqual(['--no-warnings']);
});
