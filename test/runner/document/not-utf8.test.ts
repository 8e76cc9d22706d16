/**
 * Bytes that are not UTF-8 are decoded to other texts, which could share a key. They are refused,
 * with their place.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseYaml } from '../../../src/runner/document/parse-yaml.ts';
import { sourceOf } from '../../../src/runner/document/source.ts';
import { FileDigests } from '../../../src/runner/state/file-digests.ts';
import { Layout } from '../../../src/runner/store/layout.ts';
import { ProjectFiles } from '../../../src/runner/store/project-files.ts';
import { CommandRig } from '../../stages/command-rig.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');

describe('a text that is not UTF-8', () => {
  it('is refused with its line and column', () => {
    const source = sourceOf('p.yaml', latin1('a: 1\nname: caf\xe9 au lait\n'));
    const { root, diagnostics } = parseYaml(source);
    expect(root).toBeUndefined();
    expect(diagnostics).toMatchObject([
      {
        message: 'this text is not UTF-8',
        span: { file: 'p.yaml', line: 2, column: 10 },
        suggestion: 'save the file as UTF-8, for example: iconv -f LATIN1 -t UTF-8 p.yaml',
      },
    ]);
  });

  it('is distinguished from UTF-8, whatever it contains', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 30 }),
        fc.string({ unit: 'grapheme' }),
        (bytes, text) => {
          const good = Buffer.from(text);
          expect(sourceOf('p', good).notUtf8).toBeUndefined();
          const all = Buffer.concat([good, Buffer.from('\n'), bytes, Buffer.from([0xff])]);
          const { notUtf8, text: read } = sourceOf('p', all);
          expect(read[notUtf8!]).toBe('\ufffd');
        },
      ),
    );
  });

  it.each([
    ['a file of parameters', 'p.yaml', 'params: { p.yaml: [name] }', 'params'],
    ['a JSON file of parameters', 'p.json', 'params: { p.json: [name] }', 'params'],
  ])('is refused as %s', async (_what, path, declared) => {
    const rig = new CommandRig('');
    try {
      rig.write(path, latin1('{ "seed": 1,\n "name": "caf\xe9" }'));
      expect(await rig.diagnostics(`stages: { a: { run: date, ${declared} } }`)).toEqual([
        '2:14: this text is not UTF-8',
      ]);
    } finally {
      rig.remove();
    }
  });
});

describe('a file whose name is not UTF-8', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'names-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is refused by its name', () => {
    mkdirSync(join(root, 'data', 'in'), { recursive: true });
    writeFileSync(join(root, 'data', 'in', 'caf\ufffd'), 'a');
    const files = () => {
      const layout = new Layout(join(root, 'artifacts'));
      return new ProjectFiles(root, layout.root, new FileDigests(layout, false)).get('data');
    };
    expect(files()).toMatchObject({ ok: true });
    const name = Buffer.concat([Buffer.from(join(root, 'data', 'in', 'caf')), Buffer.from([0xe9])]);
    writeFileSync(name, 'b');
    expect(files()).toEqual({
      ok: false,
      error: 'holds "in/caf\\xe9", a name that is not UTF-8; rename it',
    });
  });
});
