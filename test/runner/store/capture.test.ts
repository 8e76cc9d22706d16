/** What an output may contain, and that the store keeps exactly what the stage wrote. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/runner/key/digest.ts';
import { readArtifact } from '../../../src/runner/store/artifact.ts';
import { captureOutputs, measureOutput } from '../../../src/runner/store/capture.ts';
import { Layout } from '../../../src/runner/store/layout.ts';
import { ObjectStore } from '../../../src/runner/store/object-store.ts';

let root: string;
let folder: string;
let store: ObjectStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'capture-'));
  folder = join(root, 'made');
  mkdirSync(folder);
  store = new ObjectStore(new Layout(join(root, 'artifacts')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string | Buffer, content: string | Uint8Array, mode = 0o644): void {
  if (typeof path === 'string') mkdirSync(dirname(join(folder, path)), { recursive: true });
  const full = typeof path === 'string' ? join(folder, path) : inFolder(path);
  writeFileSync(full, content, { mode });
  chmodSync(full, mode);
}

function inFolder(name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), name]);
}

function capture(mayOutlive = false) {
  return captureOutputs([{ port: 'out', folder, single: false }], store, { mayOutlive });
}

/** Path -> text, as read back from the store. */
function kept(mayOutlive = false): Record<string, string> {
  const captured = capture(mayOutlive);
  if (!captured.ok) throw new Error(captured.error.message);
  const files = readArtifact(captured.value.get('out')!.artifact.digest, store)!.files;
  return Object.fromEntries(
    files.map(({ path, digest }) => [path, readFileSync(store.path(digest), 'utf8')]),
  );
}

function refusal(): string | undefined {
  const captured = capture();
  return captured.ok ? undefined : captured.error.message;
}

const large = 'x'.repeat(2 << 20);

describe('a name of a file', () => {
  it.each([
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '__proto__/constructor/x',
    ' ',
    'two words',
    ' led and followed ',
    'a\nb',
    'a\tb',
    '"quoted"',
    "it's",
    'back\\slash',
    '*?[x]',
    '-rf',
    '..x',
    '...',
    '.hidden',
    'caf\u00e9',
    'cafe\u0301',
    '\ufffd',
    '\u202e',
    '日本/語',
    '😀',
    'C:',
    '\x1b[31mred',
    '\x7f',
  ])('is stored unchanged: %j', (path) => {
    write(path, path);
    expect(kept()).toEqual(Object.fromEntries([[path, path]]));
  });

  it('is distinct from another that looks the same', () => {
    write('caf\u00e9', 'one');
    write('cafe\u0301', 'two');
    expect(Object.values(kept()).sort()).toEqual(['one', 'two']);
  });

  it.skipIf(platform() !== 'linux').each([
    [[0xff], '\\xff'],
    [[0x61, 0xe9], 'a\\xe9'],
    [[0xed, 0xa0, 0x80], '\\xed\\xa0\\x80'],
    [[0x1b, 0xc3], '\\x1b\\xc3'],
  ])('that is not UTF-8 is refused and shown as bytes: %j', (bytes, shown) => {
    write('\ufffd', 'a good name');
    write(Buffer.from(bytes), 'x');
    expect(refusal()).toBe(`holds "${shown}", a name that is not UTF-8`);
  });
});

describe('a symbolic link in an output', () => {
  it.each([
    ['to a file next to it', 'last', 'best.ckpt'],
    ['to a file in a folder', 'last', 'deep/er/file'],
    ['to a file above it', 'deep/last', '../best.ckpt'],
    ['out of the output and back in', 'last', '../made/best.ckpt'],
    ['with an absolute path', 'last', '<output>/best.ckpt'],
    ['to another link', 'last', 'other'],
  ])('is stored as the file: %s', (_what, link, target) => {
    write('best.ckpt', 'weights', 0o755);
    write('deep/er/file', 'weights', 0o755);
    symlinkSync('best.ckpt', join(folder, 'other'));
    symlinkSync(target.replace('<output>', folder), join(folder, link));
    const captured = capture();
    if (!captured.ok) throw new Error(captured.error.message);
    const { files } = captured.value.get('out')!.artifact;
    expect(files.find(({ path }) => path === link)).toEqual({
      path: link,
      digest: digestOf('weights'),
      size: 7,
      executable: true,
    });
    expect(files.map(({ path }) => path)).toContain('best.ckpt');
  });

  it('to a folder is stored as its files, including links in it', () => {
    write('epoch=9/model', 'm');
    symlinkSync('model', join(folder, 'epoch=9/best'));
    symlinkSync('epoch=9', join(folder, 'last'));
    symlinkSync('../epoch=9', join(folder, 'epoch=9/../again'));
    rmSync(join(folder, 'again'));
    expect(kept()).toEqual({
      'epoch=9/best': 'm',
      'epoch=9/model': 'm',
      'last/best': 'm',
      'last/model': 'm',
    });
  });

  it.each([
    ['to a file elsewhere', '/etc/hosts', 'which is outside the output'],
    ['to a folder elsewhere', '/', 'which is outside the output'],
    ['to a name that begins like the output', '../made-2/x', 'which is outside the output'],
    ['to nothing', 'nowhere', 'where there is no file'],
    ['to nothing in a file', 'file/x', 'where there is no file'],
    ['to itself', 'link', 'which points to itself'],
    ['to the output', '.', 'a folder that holds the link itself'],
  ])('is refused, with its target: %s', (_what, target, why) => {
    mkdirSync(join(root, 'made-2'));
    writeFileSync(join(root, 'made-2/x'), 'x');
    write('file', 'f');
    symlinkSync(target, join(folder, 'link'));
    expect(refusal()).toBe(`holds the symbolic link "link" to "${target}", ${why}`);
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('f');
  });

  it('is refused if two folders contain links to each other', () => {
    write('a/x', 'x');
    write('b/y', 'y');
    symlinkSync('../b', join(folder, 'a/to-b'));
    symlinkSync('../a', join(folder, 'b/to-a'));
    expect(refusal()).toMatch(
      /^holds the symbolic link ".*", a folder that holds the link itself$/,
    );
  });

  it('gives the same name as the files themselves, also if nothing is moved', () => {
    write('x', 'x');
    write('y', 'x');
    const plain = measureOutput(folder, false, store);
    rmSync(join(folder, 'y'));
    symlinkSync('x', join(folder, 'y'));
    expect(measureOutput(folder, false, store)).toEqual(plain);
    const captured = capture();
    expect(captured.ok && captured.value.get('out')!.artifact).toEqual(plain.ok && plain.value);
  });
});

it('empty folders are reported, and a folder with only empty folders is empty', () => {
  write('full/x', 'x');
  mkdirSync(join(folder, 'b/c'), { recursive: true });
  mkdirSync(join(folder, 'a'));
  const captured = capture();
  expect(captured.ok && captured.value.get('out')!.emptyFolders).toEqual(['a', 'b/c']);
});

it('anything but a file or a folder is refused', async () => {
  const server = createServer().listen(join(folder, 'socket'));
  await once(server, 'listening');
  expect(refusal()).toBe('holds "socket", which is neither a file nor a folder');
  server.close();
});

describe.each([
  ['moved', false, 'x'],
  ['copied', true, 'x'],
  ['moved out of reach', true, large],
])('the mode of a file that is %s', (_how, mayOutlive, content) => {
  it.each([
    [0o600, 0o400],
    [0o640, 0o440],
    [0o644, 0o444],
    [0o666, 0o444],
    [0o700, 0o400],
    [0o755, 0o444],
    [0o400, 0o400],
    [0o604, 0o404],
    [0o4755, 0o444],
  ])('%o makes it readable for no more users', (made, stored) => {
    write('x', content, made);
    kept(mayOutlive);
    expect(statSync(store.path(digestOf(content))).mode & 0o7777).toBe(stored);
  });

  it('is the widest of several files with the same bytes', () => {
    write('x', content, 0o600);
    kept(mayOutlive);
    write('x', content, 0o644);
    kept(mayOutlive);
    expect(statSync(store.path(digestOf(content))).mode & 0o777).toBe(0o444);
    write('x', content, 0o600);
    kept(mayOutlive);
    expect(statSync(store.path(digestOf(content))).mode & 0o777).toBe(0o444);
  });
});

describe.skipIf(platform() !== 'linux')('a process that the stage left running', () => {
  /** A process that has `x` open until its input ends, and then writes to it. */
  async function survivor(how: '>>' | '<'): Promise<{ pid: number; end: () => Promise<void> }> {
    const script = `exec 3${how}x; echo ready; read -r line; echo more >&3`;
    const child = spawn('sh', ['-c', script], {
      cwd: folder,
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    const end = async (): Promise<void> => {
      const ended = once(child, 'exit');
      child.stdin.end('go\n');
      await ended;
    };
    return { pid: child.pid!, end };
  }

  it("can't write to the object of a small file, which is a copy", async () => {
    write('x', 'whole');
    const { end } = await survivor('>>');
    expect(kept(true)).toEqual({ x: 'whole' });
    await end();
    expect(readFileSync(store.path(digestOf('whole')), 'utf8')).toBe('whole');
  });

  it('prevents storing a large file that it may write to', async () => {
    write('x', large);
    const { pid, end } = await survivor('>>');
    const captured = capture(true);
    await end();
    expect(captured).toEqual({
      ok: false,
      error: {
        port: 'out',
        message: `is still open for writing: "x" is open in a process that the stage left running (sh, pid ${pid})`,
        advice: 'wait for that process, or stop it, before the stage ends',
      },
    });
    expect(store.has(digestOf(large))).toBe(false);
  });

  it('is found among many small files too', async () => {
    for (let i = 0; i < 200; i++) write(`${i}`, `${i}`);
    write('x', 'x');
    const { end } = await survivor('>>');
    const captured = capture(true);
    await end();
    expect(captured.ok).toBe(false);
  });

  it('is waited for if it was killed', async () => {
    write('x', large);
    const { pid } = await survivor('>>');
    process.kill(pid, 'SIGKILL');
    expect(kept(true)).toEqual({ x: large });
  });

  it('may continue to read', async () => {
    write('x', large);
    const { end } = await survivor('<');
    expect(kept(true)).toEqual({ x: large });
    await end();
    expect(digestOf(readFileSync(store.path(digestOf(large))))).toBe(digestOf(large));
  });
});

it('a file with a second name is copied', () => {
  write('x', large);
  linkSync(join(folder, 'x'), join(root, 'other'));
  kept(true);
  writeFileSync(join(root, 'other'), 'changed');
  expect(digestOf(readFileSync(store.path(digestOf(large))))).toBe(digestOf(large));
});

it('temporary files are removed, whether the outputs were stored or not', () => {
  for (let i = 0; i < 200; i++) write(`${i}`, `${i}`);
  kept(true);
  expect(existsSync(join(root, 'artifacts/store/tmp'))).toBe(true);
  expect(statSync(join(root, 'artifacts/store/tmp')).nlink).toBe(2);
});
