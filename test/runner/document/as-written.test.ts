/**
 * A file of values that is written for a command means the same as the project's file, in every
 * parser.
 */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { toPlain } from '../../../src/runner/document/located.ts';
import { parseYaml } from '../../../src/runner/document/parse-yaml.ts';
import { usualText } from '../../../src/runner/document/write-yaml.ts';
import { ParamsFiles } from '../../../src/runner/graph/params-file.ts';

/** The file that a command finds in its folder if it declares `params: { FILE: null }`. */
function laid(text: string, file = 'params.yaml', names: string | null = null): string {
  const declared = parseYaml({ path: 'p', text: `${file}: ${names}` }).root!;
  const { root, texts, diagnostics } = new ParamsFiles((path) => ({ path, text })).resolve(
    declared,
  );
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  const written = texts.get(file)?.value;
  if (written?.kind === 'scalar') return String(written.value);
  return usualText(file, (toPlain(root) as Record<string, unknown>)[file]);
}

/** Values that a file may have without quotes. */
const PLAIN = [
  ...[
    '1',
    '0',
    '-1',
    '1.0',
    '-0.0',
    '0.10',
    '1.',
    '.5',
    '+1',
    '-.5',
    '1e3',
    '1E3',
    '1.0e-7',
    '1e-7',
  ],
  ...[
    '017',
    '0o17',
    '0x1F',
    '0b11',
    '1_000',
    '1_0.5',
    '12:30:45',
    '1:30',
    '190:20:30.15',
    '08',
    '09',
  ],
  ...[
    '12345678901234567891',
    '-9223372036854775809',
    '9007199254740993',
    '1e999',
    '61e9540',
    '1e400',
  ],
  ...[
    'yes',
    'no',
    'Yes',
    'NO',
    'on',
    'Off',
    'y',
    'n',
    'Y',
    'true',
    'True',
    'TRUE',
    'tRue',
    'false',
  ],
  ...[
    'null',
    'Null',
    'NULL',
    '~',
    '',
    '.inf',
    '-.INF',
    '.nan',
    '.NaN',
    'NaN',
    'Infinity',
    'inf',
    'nan',
  ],
  ...['2001-12-14', '2001-12-14t21:59:43.10-05:00', '2001-12-14 21:59:43', '2001-1-1', '20011214'],
  ...[
    'text',
    'two words',
    'a/b.c',
    'a: b'.replace(': ', ':'),
    'x#y',
    'é',
    '日本',
    '🙂',
    "it's",
    'a"b',
  ],
  ...['!!str 1.0', '!!str no', '!!int "3"', '!!float 1', '!!binary aGk=', '!!str', '"1.0"', "'no'"],
  ...[
    '"="',
    '"<<"',
    '"\\u0085"',
    '"\\u2028"',
    '"\\ufeff"',
    '"\\x7f"',
    '"\\0"',
    '"\\t"',
    '" a "',
    '"# a"',
  ],
  ...[
    '"12:30:45"',
    '"1_000"',
    '"017"',
    '"2001-12-14"',
    '"~"',
    '""',
    '"null"',
    '"1e3"',
    '"- a"',
    '"y"',
  ],
  ...['[]', '{}', '[no, 1.0, "no"]', '{ no: 1.0, 017: a, 1.0: b, on: c }', '[[1.0], [[]]]'],
];

function fileOf(value: string): string {
  return `a: ${value}\nlist:\n  - ${value}\n  - b: ${value}\nlast: 1.0\n`;
}

const LONG = 'long '.repeat(60);
const FILES = [
  ...PLAIN.map(fileOf),
  'no: 1\nyes: 2\n017: 3\n1.0: 4\n2001-12-14: 5\n"on": 6\n~: 7\nnull : 8\n',
  '"<<": { a: 1 }\n"=": 1.0\n',
  'base: &base { lr: 1.0, flag: no }\nown: { <<: *base, lr: 017 }\nother: *base\n',
  '%YAML 1.1\n---\na: no\nb: 017\nc: 1:30\n',
  '%YAML 1.2\n---\na: no\nb: 017\n',
  `a: |\n  two\n  lines: 1.0\nb: >\n  folded\n  text\nc: ${LONG}\nd: "${LONG}"\ne: plain over\n  lines\n`,
  '- 1.0\n- [no, { a: 017 }]\n-\n  - deep: 1_000\n',
  '1.0\n',
];

describe('YAML that is written for a command', () => {
  it.each(FILES)('means the same as the source: %j', (text) => {
    const out = laid(text);
    for (const version of ['1.1', '1.2'] as const) {
      const options = { version, intAsBigInt: true, merge: true, logLevel: 'silent' } as const;
      expect(parse(out, options), out).toEqual(parse(text, options));
    }
  });

  const sign = fc.constantFrom(...'01789.-+_:eExo abnyY~#=<"\'\\/\u0085\u2028é🙂\ttrue');
  const token = fc.array(sign, { maxLength: 8 }).map((signs) => signs.join(''));
  // In YAML 1.1 such a character is a line break, also within quotes.
  const quoted = token.map((text) =>
    JSON.stringify(text).replace(/[\u0085\u2028]/g, (sign) =>
      sign === '\u0085' ? '\\u0085' : '\\u2028',
    ),
  );
  // A plain text that YAML does not accept.
  const plain = token.filter((text) => parseDocument(fileOf(text)).errors.length === 0);
  const value = fc.oneof(
    plain,
    quoted,
    quoted.map((text) => `{ ${text}: 1.0 }`),
  );

  it('means the same as the source, whatever it contains', () => {
    fc.assert(
      fc.property(value, (one) => {
        const text = fileOf(one);
        const { diagnostics } = parseYaml({ path: 'p', text }, 'yaml');
        fc.pre(diagnostics.length === 0);
        const out = laid(text);
        for (const version of ['1.1', '1.2'] as const) {
          const options = { version, intAsBigInt: true, merge: true, logLevel: 'silent' } as const;
          expect(parse(out, options), out).toEqual(parse(text, options));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('has the listed values, as written', () => {
    const text =
      'no: { 017: 1.0, b: 2 }\nlist: [1.0, 2]\nbest: .inf\n? [a, b]\n: x\n__proto__: 1\n';
    expect(laid(text, 'params.yaml', "['no.017', 'list[0]']")).toBe(
      'no:\n  017: 1.0\nlist:\n  - 1.0\n  - 2\n',
    );
  });

  it('has no text of its own if the values are enough, so keys of older stores are kept', () => {
    const text = 'a: 1\nb: [0.5, text, two words, "no", "1.0", true, null, n]\nn: { y: -3 }\n';
    const declared = parseYaml({ path: 'p', text: 'p.yaml: null' }).root!;
    expect(new ParamsFiles((path) => ({ path, text })).resolve(declared).texts.size).toBe(0);
  });

  const readers = pythonReaders();
  it.skipIf(readers.length === 0)(
    `reads the same in Python (${readers.join() || 'skipped: no PyYAML and no ruamel.yaml'})`,
    () => {
      const samples = fc.sample(value, { numRuns: 300, seed: 7 }).map(fileOf);
      const texts = [...FILES, ...samples].filter(
        (text) => parseYaml({ path: 'p', text }, 'yaml').diagnostics.length === 0,
      );
      const pairs = texts.map((text) => [text, laid(text)]);
      const { stdout, status } = spawnSync(PYTHON, ['-c', COMPARE], {
        input: JSON.stringify(pairs),
      });
      expect(status).toBe(0);
      expect(JSON.parse(stdout.toString())).toEqual([]);
    },
  );
});

describe('JSON that is written for a command', () => {
  const text = `{ "seed": 12345678901234567891, "one": 1.0, "small": 1e-7, "big": 1E400, "nan": NaN,
  "inf": [-Infinity, Infinity], "text": "1.0", "sign": "\\u0085 \\ud83d\\ude42 \\" \\\\ \\/", "none": null, "on": true, "": {} }`;
  const values = `"seed": 12345678901234567891,
  "one": 1.0,
  "small": 1e-7,
  "big": 1E400,
  "nan": NaN,
  "inf": [
    -Infinity,
    Infinity
  ],
  "text": "1.0",
  "sign": "\u0085 🙂 \\" \\\\ /",
  "none": null,
  "on": true,
  "": {}`;

  it('has each number as written', () => {
    expect(laid(text, 'params.json')).toBe(`{\n  ${values}\n}\n`);
  });

  it('is the output of JSON.stringify if the values are enough', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (json) => {
        fc.pre(!/__proto__|constructor|prototype/.test(JSON.stringify(json)));
        const text = JSON.stringify({ a: json }, null, 2);
        expect(JSON.parse(laid(text, 'p.json'))).toEqual(JSON.parse(text));
      }),
    );
  });
});

const PYTHON = process.env.PYTHON ?? 'python3';

function pythonReaders(): string[] {
  return ['yaml', 'ruamel.yaml'].filter(
    (name) => spawnSync(PYTHON, ['-c', `import ${name}`]).status === 0,
  );
}

/** Prints the pairs that a parser reads differently. */
const COMPARE = `
import io, json, math, sys
readers = {}
try:
    import yaml
    readers['PyYAML'] = yaml.safe_load
    readers['PyYAML full'] = yaml.full_load
except ImportError:
    pass
try:
    from ruamel.yaml import YAML
    readers['ruamel'] = lambda text: YAML(typ='safe', pure=True).load(text)
    def old(text):
        reader = YAML(typ='safe', pure=True)
        reader.version = (1, 1)
        return reader.load(text)
    readers['ruamel 1.1'] = old
except ImportError:
    pass
def naming(reader, text):
    try:
        return repr(reader(text))
    except Exception as problem:
        return '!' + type(problem).__name__
different = []
for source, laid in json.load(sys.stdin):
    for name, reader in readers.items():
        a, b = naming(reader, source), reading(reader, laid)
        # What the reader refuses in the source says nothing of a value.
        if a != b and not a.startswith('!'):
            different.append([name, source, laid, a, b])
print(json.dumps(different[:10]))
`;
