/** The built program with a remote cache: killed at each request, and where its secrets go. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeEntry } from '../../src/runner/cache/remote/entry.ts';
import { newKeyPair } from '../../src/runner/cache/remote/signatures.ts';
import type { StageKey } from '../../src/runner/key/fingerprint.ts';
import { parseTree } from '../../src/runner/store/artifact.ts';
import { FaultServer } from './fault-server.ts';

const program = resolve('dist/main.js');
const token = 'token-that-nobody-may-see';
const aws = 'aws-secret-that-nobody-may-see';
const pair = newKeyPair();

let server: FaultServer;
let folders: string[];
beforeEach(async () => {
  server = await new FaultServer().start();
  folders = [];
});
afterEach(() => {
  server.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const pipeline = `
stages:
  a: { run: 'echo one > out', outputs: [out] }
  b: { run: 'cat a > out; echo two >> out', inputs: { a: a }, outputs: [out] }
  c: { run: 'cat b > out; env > env', inputs: { b: b }, outputs: [out, env], passEnv: [PIPELINE_CACHE_TOKEN, PIPELINE_CACHE_SIGNING_KEY] }
`;

function newProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'project-'));
  folders.push(folder);
  writeFileSync(join(folder, 'pipeline.yaml'), pipeline);
  return folder;
}

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** `started` gets the process, so that a test can kill it. */
function pipelineIn(
  folder: string,
  args: readonly string[],
  started: (child: ChildProcess) => void = () => undefined,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: folder,
      env: {
        ...process.env,
        NETRC: '/nowhere',
        PIPELINE_CACHE: server.url,
        PIPELINE_CACHE_TOKEN: token,
        PIPELINE_CACHE_SIGNING_KEY: pair.privateKey,
        AWS_SECRET_ACCESS_KEY: aws,
      },
    });
    let said = '';
    child.stdout.on('data', (piece) => (said += piece));
    child.stderr.on('data', (piece) => (said += piece));
    child.on('close', (code) => resolve({ code, said }));
    started(child);
  });
}

/** The names of objects that records on the server name and that are not there. */
function missingObjects(): readonly string[] {
  const records = [...server.files.keys()].filter((name) => name.startsWith('/ac/'));
  return records.flatMap((name) => {
    const entry = decodeEntry(server.files.get(name)!, name.slice(4) as StageKey);
    if (!('record' in entry)) throw new Error(entry.fault);
    return Object.values(entry.record.outputs).flatMap((list) => {
      const text = server.files.get(`/cas/${list}`);
      const files = text ? parseTree(String(text))!.files.map(({ digest }) => digest) : [];
      return [list, ...files].filter((digest) => !server.files.has(`/cas/${digest}`));
    });
  });
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** Sends half of the answer before `then`. */
function sendHalf(answer: ServerResponse, bytes: Buffer, then: () => void): void {
  answer.writeHead(200, { 'content-length': bytes.length });
  answer.write(bytes.subarray(0, bytes.length >> 1), then);
}

describe('a process that is killed', () => {
  it('at any write of a push leaves no record without its objects', async () => {
    const folder = newProject();
    expect((await pipelineIn(folder, ['run', '--cache', 'off'])).code).toBe(0);
    let kills = 0;
    for (let at = 1; ; at++) {
      server.files.clear();
      let [puts, child]: [number, ChildProcess | undefined] = [0, undefined];
      server.handler = (request, _answer, _stored, usual) => {
        if (request.method !== 'PUT' || ++puts !== at) return usual();
        request.once('data', () => child?.kill('SIGKILL'));
      };
      const { code } = await pipelineIn(folder, ['push'], (one) => (child = one));
      if (code === 0) break;
      kills++;
      expect(missingObjects()).toEqual([]);
    }
    expect([...server.files.keys()].filter((name) => name.startsWith('/ac/'))).toHaveLength(3);
    expect(missingObjects()).toEqual([]);
    // Three records, their lists of files and their files.
    expect(kills).toBeGreaterThanOrEqual(9);
  });

  it('at any read of a pull leaves a store without damage, and the next one completes it', async () => {
    const made = newProject();
    expect((await pipelineIn(made, ['run', '--cache', 'write'])).code).toBe(0);
    const folder = newProject();
    let kills = 0;
    for (let at = 1; ; at++) {
      rmSync(join(folder, 'artifacts'), { recursive: true, force: true });
      let [gets, child]: [number, ChildProcess | undefined] = [0, undefined];
      server.handler = (request, answer, stored, usual) => {
        if (request.method !== 'GET' || !stored || ++gets !== at) return usual();
        sendHalf(answer, stored, () => child?.kill('SIGKILL'));
      };
      const { code } = await pipelineIn(folder, ['pull'], (one) => (child = one));
      if (code === 0) break;
      kills++;
      server.handler = (_request, _answer, _stored, usual) => usual();
      // The rest takes a while, so not after each kill.
      if (at % 3 !== 0) continue;
      expect((await pipelineIn(folder, ['verify'])).code).toBe(0);
      expect((await pipelineIn(folder, ['pull'])).code).toBe(0);
      expect((await pipelineIn(folder, ['run'])).said).toContain('0 executed, 3 cached');
      expect((await pipelineIn(folder, ['gc'])).code).toBe(0);
      expect(readdirSync(join(folder, 'artifacts', 'store', 'tmp'))).toEqual([]);
    }
    expect(kills).toBeGreaterThanOrEqual(9);
  });
});

it('a program that only reads never writes', async () => {
  const made = newProject();
  expect((await pipelineIn(made, ['run', '--cache', 'write'])).code).toBe(0);
  const before = [...server.files.keys()];
  server.requests.length = 0;
  const folder = newProject();
  for (const args of [['plan'], ['run'], ['pull'], ['run', '--force'], ['push', '--dry-run']]) {
    expect((await pipelineIn(folder, args)).code).toBe(0);
  }
  expect(server.requests.filter((one) => one.startsWith('PUT'))).toEqual([]);
  // The server refuses those who may only read.
  server.handler = (request, answer, _stored, usual) =>
    request.method === 'PUT' ? void answer.writeHead(403).end() : usual();
  const other = newProject();
  writeFileSync(join(other, 'pipeline.yaml'), pipeline.replace('echo one', 'echo other'));
  expect((await pipelineIn(other, ['run', '--cache', 'write'])).code).toBe(0);
  expect([...server.files.keys()]).toEqual(before);
});

it('secrets are in no file, in no output and in no variable of a stage', async () => {
  const folder = newProject();
  const seen = new Set<string | undefined>();
  server.handler = (request, answer, _stored, usual) => {
    seen.add(request.headers.authorization);
    if (request.method === 'PUT' && request.url?.includes('/ac/')) answer.writeHead(403).end();
    else usual();
  };
  const outputs: string[] = [];
  for (const args of [['run', '--json', '--cache', 'write'], ['push'], ['explain', 'c']]) {
    outputs.push((await pipelineIn(folder, args)).said);
  }
  expect(seen).toEqual(new Set([`Bearer ${token}`]));
  const secrets = [token, aws, pair.privateKey, pair.privateKey.slice(16)];
  const paths = filesIn(folder);
  expect(paths.some((path) => path.endsWith('journal.jsonl'))).toBe(true);
  const texts = [...paths.map((path) => readFileSync(path, 'latin1')), ...outputs];
  texts.push(...[...server.files.values()].map((bytes) => bytes.toString('latin1')));
  for (const secret of secrets) {
    expect(texts.filter((text) => text.includes(secret))).toEqual([]);
  }
});
