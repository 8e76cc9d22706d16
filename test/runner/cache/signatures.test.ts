/** Signatures of results in a remote cache, and who is trusted. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderRemote } from '../../../src/remote/folder.ts';
import { decodeEntry, encodeEntry } from '../../../src/runner/cache/remote/entry.ts';
import { isSignedBy, newKeyPair, signerOf } from '../../../src/runner/cache/remote/signatures.ts';
import { type OpenedRemote, push } from '../../../src/runner/index.ts';
import type { Digest } from '../../../src/runner/key/digest.ts';
import type { StageKey } from '../../../src/runner/key/fingerprint.ts';
import { Rig } from '../rig.ts';
import { planOf, run as runWith, warningsIn } from './remote-project.ts';

const ours = newKeyPair();
const theirs = newKeyPair();
const key = 'k'.repeat(64) as StageKey;
const outputs = { out: 'a'.repeat(64) as Digest, other: 'b'.repeat(64) as Digest };

describe('a signature', () => {
  const signer = signerOf(ours.privateKey)!;
  const signature = signer.sign({ key, outputs });

  it('is of one key and these outputs, in any order', () => {
    const { out, other } = outputs;
    expect(isSignedBy([theirs.publicKey, ours.publicKey], { key, outputs }, signature)).toBe(true);
    const reordered = { other, out };
    expect(isSignedBy([ours.publicKey], { key, outputs: reordered }, signature)).toBe(true);
    const wrong = [
      { key: `${key.slice(1)}x` as StageKey, outputs },
      { key, outputs: { out } },
      { key, outputs: { out: other, other: out } },
      { key, outputs: { ...outputs, more: out } },
      { key, outputs: { [`other","${other}"],["out`]: out } },
    ];
    for (const one of wrong) expect(isSignedBy([ours.publicKey], one, signature)).toBe(false);
  });

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['one without bytes', `${ours.publicKey} `],
    ['bytes without a key', signature.split(' ')[1]!],
    ['one that was cut', signature.slice(0, -4)],
    [
      'one of another key under this name',
      `${ours.publicKey} ${signerOf(theirs.privateKey)!.sign({ key, outputs }).split(' ')[1]}`,
    ],
    ['one of nobody', `ed25519:${'A'.repeat(43)} ${'A'.repeat(86)}`],
    ['a text', 'signed by me'],
  ])('is not %s', (_, text) => {
    expect(isSignedBy([ours.publicKey], { key, outputs }, text)).toBe(false);
  });

  it('is not made with a public key, or with half of one', () => {
    expect(signerOf(ours.publicKey)).toBeUndefined();
    expect(signerOf(ours.privateKey.slice(0, -1))).toBeUndefined();
    expect(signerOf('')).toBeUndefined();
    expect(signer.publicKey).toBe(ours.publicKey);
  });

  it('is not checked with a key that is none', () => {
    const strange = [`ed25519:${'_'.repeat(43)}`, 'ed25519:', 'x'];
    for (const name of strange) {
      expect(isSignedBy([name], { key, outputs }, `${name} ${'A'.repeat(86)}`)).toBe(false);
    }
  });
});

describe('a cache with signed results', () => {
  let folder: string;
  let rigs: Rig[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'remote-'));
    rigs = [];
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    for (const rig of rigs) rig.remove();
  });
  const newRig = (): Rig => {
    const rig = new Rig();
    rigs.push(rig);
    return rig;
  };

  type Policy = Omit<OpenedRemote, 'remote'>;
  const trusting: Policy = { trust: [ours.publicKey] };
  const signing: Policy = { signer: signerOf(ours.privateKey) };
  const stranger: Policy = { signer: signerOf(theirs.privateKey) };
  const run = (rig: Rig, policy: Policy, writes = false, path = folder) =>
    runWith(rig, { remote: new FolderRemote(path), policy, writes });
  const request = {
    dryRun: false,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  };
  const pushFrom = async (rig: Rig, policy: Policy, path = folder) =>
    push(await planOf(rig, { remote: new FolderRemote(path), policy }), request);
  const entries = () => readdirSync(join(folder, 'ac')).map((name) => join(folder, 'ac', name));

  it('is used by those who trust the key', async () => {
    await run(newRig(), signing, true);
    expect((await run(newRig(), trusting)).finished).toMatchObject({ executed: 0, cached: 4 });
    expect((await run(newRig(), {})).finished).toMatchObject({ executed: 0, cached: 4 });
  });

  it.each<[string, Policy]>([
    ['are not signed', {}],
    ['are signed by a stranger', stranger],
  ])('gives nothing to them if its results %s, with one warning', async (_, policy) => {
    await run(newRig(), policy, true);
    const { finished, notes, events } = await run(newRig(), trusting);
    expect(finished).toMatchObject({ executed: 4, cached: 0, failed: 0 });
    const warnings = [...notes.filter((one) => one.startsWith('warning')), ...warningsIn(events)];
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('has results without a signature of a trusted key');
  });

  it('gives nothing to them if a signature is that of another result', async () => {
    await run(newRig(), signing, true);
    const [first, second] = entries().map((path) => {
      const key = path.slice(-64) as StageKey;
      const entry = decodeEntry(readFileSync(path), key);
      if (!('record' in entry)) throw new Error(entry.fault);
      return { path, ...entry };
    });
    rmSync(first!.path);
    writeFileSync(
      first!.path,
      encodeEntry({ record: first!.record, signature: second!.signature }, []),
    );
    expect((await run(newRig(), trusting)).finished).toMatchObject({ executed: 1, cached: 3 });
  });

  it('gets signed results in place of those that nobody signed', async () => {
    const rig = newRig();
    await run(rig, {}, true);
    expect(await pushFrom(rig, signing)).toMatchObject({ results: 4, other: 0, failed: 0 });
    expect((await run(newRig(), trusting)).finished).toMatchObject({ cached: 4 });
    expect(await pushFrom(rig, signing)).toMatchObject({ results: 0, known: 4 });
    // One who does not sign leaves them as they are.
    expect(await pushFrom(rig, {})).toMatchObject({ results: 0, known: 4 });
    expect((await run(newRig(), trusting)).finished).toMatchObject({ cached: 4 });
  });

  it('gets nothing that its readers would not use', async () => {
    const rig = newRig();
    await run(rig, {});
    const refused = await pushFrom(rig, trusting);
    expect(refused).toMatchObject({ results: 0, failed: 4 });
    expect(refused?.warnings.join()).toContain('set $PIPELINE_CACHE_SIGNING_KEY');
    expect(await pushFrom(rig, { ...trusting, ...stranger })).toMatchObject({ failed: 4 });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is copied to another cache with the signatures that it has', async () => {
    const other = mkdtempSync(join(tmpdir(), 'remote-'));
    await run(newRig(), signing, true);
    const between = newRig();
    await run(between, {});
    // This machine has a key, but did not compute these results.
    expect(await pushFrom(between, stranger, other)).toMatchObject({ results: 4 });
    expect((await run(newRig(), trusting, false, other)).finished).toMatchObject({ cached: 4 });
    rmSync(other, { recursive: true });
  });

  it('makes nothing trusted that came from elsewhere without a signature', async () => {
    const other = mkdtempSync(join(tmpdir(), 'remote-'));
    await run(newRig(), {}, true);
    const between = newRig();
    await run(between, {});
    await pushFrom(between, signing, other);
    expect((await run(newRig(), trusting, false, other)).finished).toMatchObject({ executed: 4 });
    rmSync(other, { recursive: true });
  });

  it('is remembered in the record here, and not in the one there', async () => {
    await run(newRig(), signing, true);
    const rig = newRig();
    await run(rig, trusting);
    const { planContext, plan } = await planOf(rig, { remote: undefined });
    const { key } = plan.decisions.get('a' as never) as { key: StageKey };
    expect(planContext.actions.get(key)?.provenance.cache).toEqual({
      address: folder,
      signature: expect.stringMatching(new RegExp(`^${ours.publicKey} `)),
    });
    for (const path of entries()) expect(readFileSync(path, 'latin1')).not.toContain(folder);
    expect(statSync(entries()[0]!).size).toBeGreaterThan(0);
  });
});
