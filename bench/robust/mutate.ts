/**
 * Makes a few errors in a text: changes, removes, doubles or moves bytes, lines or words.
 *
 * Inserted words have a meaning in YAML or in a pipeline, because most mere syntax errors are
 * refused by the first parser.
 */
import type { Random } from './random.ts';

export function mutate(text: string, random: Random): string {
  let mutated = text;
  for (let count = 1 + random.below(4); count > 0; count--) {
    mutated = random.pick([mutateByte, mutateLine, mutateWord, mutateWord])(mutated, random);
  }
  return mutated;
}

function mutateByte(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const sign = random.pick(SIGNS);
  switch (random.below(4)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + sign + text.slice(at);
    case 2:
      return text.slice(0, at) + sign + text.slice(at + 1);
    default: {
      // As a broken disk or a wrong encoding would do.
      const bytes = Buffer.from(text);
      if (bytes.length > 0) bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
      return bytes.toString('utf8');
    }
  }
}

const SIGNS = [
  ...':-{}[]"\'#&*!|>%@`,?~=.$\\/\t\n \r0a',
  '\0',
  '\u00a0',
  '\u2028',
  '\ufeff',
  '\ud800',
  '😀',
  '--- ',
  '...\n',
  '<<',
  '${',
  '$${',
];

function mutateLine(text: string, random: Random): string {
  const lines = text.split('\n');
  const at = random.below(lines.length);
  const line = lines[at]!;
  switch (random.below(7)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 1:
      lines.splice(at, 0, line);
      break;
    case 2:
      lines.splice(random.below(lines.length), 0, ...lines.splice(at, 1));
      break;
    case 3:
      lines[at] = ' '.repeat(1 + random.below(4)) + line;
      break;
    case 4:
      lines[at] = line.slice(1 + random.below(4));
      break;
    case 5:
      lines[at] = line.replace(/:.*/, ':');
      break;
    default:
      // The value of another line.
      lines[at] = line.replace(/:.*/, '') + (/:.*/.exec(random.pick(lines))?.[0] ?? '');
  }
  return lines.join('\n');
}

function mutateWord(text: string, random: Random): string {
  const words = [...text.matchAll(/[^\s:,{}[\]"]+/g)];
  if (words.length === 0) return text;
  const word = random.pick(words);
  const other = random.below(3) === 0 ? random.pick(words)[0] : random.pick(WORDS);
  const from = word.index;
  return text.slice(0, from) + other + text.slice(from + word[0].length);
}

const WORDS = [
  ...['null', '~', 'true', 'yes', 'no', '""', "''", '0', '-1', '1e999', '.nan', '.inf', '0x1F'],
  ...['9007199254740993', '1_000', '2001-12-14', '1:30', '!!binary aGk=', '!!js/function x', '!x'],
  ...['[]', '{}', '[[]]', '[1, 2]', '{a: 1}', '[a, [b, {c: d}]]', '&a x', '*a', '<<', '? x'],
  ...['${', '${}', '${x}', '${vars}', '${matrix}', '${matrix.x}', '${env.HOME}', '${env.NO_SUCH}'],
  ...['$${x}', '${a.b.c}', '${stages}', '${matrix.dataset}', '${a[0]}', '${a', '}', '"${x}"'],
  ...['stages', 'vars', 'include', 'config', 'uses', 'matrix', 'each', 'with', 'inputs', 'outputs'],
  ...['run', 'files', 'params', 'metrics', 'env', 'passEnv', 'scratch', 'resources', 'retry'],
  ...['timeout', 'exclude', 'description', 'command', 'name', '__proto__', 'constructor'],
  ...['prototype', 'toString', 'hasOwnProperty', 'length', './no-such.ts', '../..', '/', '/etc'],
  ...['.', '..', 'a/../../b', 'a//b', '~/x', 'train.x', 'train[', 'train[a=b]', 'train[*]', '[*]'],
  ...['train.model.x', '30m', '-5s', '1e3s', '4GB', '0GB', 'GB', '1/0', '*.txt', '**', '{a,b}'],
  ...[
    '|',
    '>',
    '|-\n  x',
    '# x',
    '---',
    '...',
    '%YAML 9.9',
    '\t',
    '\\',
    'x'.repeat(5000),
    'ä',
    '😀',
  ],
];
