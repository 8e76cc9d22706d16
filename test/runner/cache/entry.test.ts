import { describe, expect, it } from 'vitest';
import { decodeEntry, encodeEntry } from '../../../src/runner/cache/remote/entry.ts';
import { type Digest, digestOf } from '../../../src/runner/key/digest.ts';
import { type Fingerprint, keyOf, type StageKey } from '../../../src/runner/key/fingerprint.ts';
import type { ActionRecord } from '../../../src/runner/store/action-cache.ts';

const fingerprint: Fingerprint = {
  record: 'stage/1',
  type: 'make',
  code: { digest: digestOf('code'), packages: {}, files: {} },
  parameters: { text: 'a' },
  inputs: {},
  environment: {},
};
const record: ActionRecord = {
  key: keyOf(fingerprint),
  fingerprint,
  outputs: { out: digestOf('list') },
  seconds: 2,
  provenance: { run: 'r', stage: 's', finished: '2026-01-01T00:00:00.000Z', reasons: [] },
};
const objects = [{ digest: digestOf('list'), size: 2 ** 40 }];

describe('the entry of a result', () => {
  it('holds the record', () => {
    expect(decodeEntry(encodeEntry({ record }, objects), record.key)).toEqual({ record });
  });

  it('is what Bazel calls an ActionResult', () => {
    const bytes = Buffer.from(encodeEntry({ record }, [{ digest: 'ab' as Digest, size: 300 }]));
    // output_files { path: "ab" digest { hash: "ab" size_bytes: 300 } } stdout_raw: ...
    expect(bytes.subarray(0, 15).toString('hex')).toBe('120d0a0261621207' + '0a02616210ac02');
    expect(bytes[15]).toBe((5 << 3) | 2);
  });

  it('is refused if the record was written for another key', () => {
    const key = digestOf('another key') as StageKey;
    // Its own check is right, because anybody can compute it.
    const planted = encodeEntry({ record: { ...record, key } }, objects);
    expect(decodeEntry(planted, key)).toEqual({
      fault: 'sent a record that belongs to another key',
    });
    expect(decodeEntry(encodeEntry({ record }, objects), key)).toHaveProperty('fault');
  });

  it('is refused if any byte of the record differs or is missing', () => {
    const bytes = Buffer.from(encodeEntry({ record }, []));
    for (let at = 0; at < bytes.length; at += 7) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 4;
      const entry = decodeEntry(damaged, record.key);
      // A field with another number may be ignored, but then there is no record.
      expect(entry).toHaveProperty('fault');
      expect(decodeEntry(bytes.subarray(0, at), record.key)).toHaveProperty('fault');
    }
  });
});
