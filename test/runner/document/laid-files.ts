/** Files as a command finds them, and as parsers in Python read them. */
import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { toPlain } from '../../../src/runner/document/located.ts';
import { parseYaml } from '../../../src/runner/document/parse-yaml.ts';
import { usualText } from '../../../src/runner/document/write-yaml.ts';
import { ParamsFiles } from '../../../src/runner/graph/params-file.ts';

/** The file that a command finds in its folder if it declares `params: { FILE: null }`. */
export function laid(text: string, file = 'params.yaml', names: string | null = null): string {
  const declared = parseYaml({ path: 'p', text: `${file}: ${names}` }).root!;
  const { root, texts, diagnostics } = new ParamsFiles((path) => ({ path, text })).resolve(
    declared,
  );
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  const written = texts.get(file)?.value;
  if (written?.kind === 'scalar') return String(written.value);
  return usualText(file, (toPlain(root) as Record<string, unknown>)[file]);
}

export const PYTHON = process.env.PYTHON ?? 'python3';

export function pythonReaders(): string[] {
  return ['yaml', 'ruamel.yaml'].filter(
    (name) => spawnSync(PYTHON, ['-c', `import ${name}`]).status === 0,
  );
}

/** Prints the pairs that a parser reads differently. */
export const COMPARE = `
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
def reading(reader, text):
    try:
        return repr(reader(text))
    except Exception as problem:
        return '!' + type(problem).__name__
different = []
for source, laid in json.load(sys.stdin):
    for name, reader in readers.items():
        a, b = reading(reader, source), reading(reader, laid)
        # What the reader refuses in the source says nothing of a value.
        if a != b and not a.startswith('!'):
            different.append([name, source, laid, a, b])
print(json.dumps(different[:10]))
`;
