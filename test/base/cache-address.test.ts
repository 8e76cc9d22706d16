import { describe, expect, it } from 'vitest';
import { parseCacheAddress } from '../../src/base/cache-address.ts';

describe('the address of a cache', () => {
  it.each([
    ['https://cache.lab/x/y/', { kind: 'http', url: 'https://cache.lab/x/y' }],
    ['http://cache.lab:8080', { kind: 'http', url: 'http://cache.lab:8080' }],
    ['HTTPS://Cache.Lab/X', { kind: 'http', url: 'https://cache.lab/X' }],
    ['s3://bucket', { kind: 's3', bucket: 'bucket', prefix: '' }],
    ['s3://my.bucket/a/b/', { kind: 's3', bucket: 'my.bucket', prefix: 'a/b' }],
    ['/mnt/cache', { kind: 'folder', path: '/mnt/cache' }],
    ['../cache', { kind: 'folder', path: '../cache' }],
    ['.', { kind: 'folder', path: '.' }],
    ['~/cache', { kind: 'folder', path: '~/cache' }],
    ['file:///mnt/a%20b', { kind: 'folder', path: '/mnt/a b' }],
  ])('%s', (text, value) => {
    expect(parseCacheAddress(text)).toEqual({ ok: true, value });
  });

  it.each([
    ['', 'is not the address of a cache'],
    ['cache', 'is not the address of a cache'],
    ['cache.lab/x', 'is not the address of a cache'],
    ['ftp://cache.lab', 'is not the address of a cache'],
    ['http://', 'is not the address of a cache'],
    ['s3://', 'is not the address of a cache'],
    ['file://host/x', 'is not the address of a cache'],
    ['https://me:secret@cache.lab', 'contains a user name or a password'],
    ['https://token@cache.lab', 'contains a user name or a password'],
    ['s3://id:secret@bucket', 'contains a user name or a password'],
    ['https://cache.lab/x?sig=secret', 'has a part after "?" or "#"'],
    ['s3://bucket/a+b', 'has a prefix with characters that are not safe in S3'],
  ])('is refused: "%s"', (text, message) => {
    const parsed = parseCacheAddress(text);
    expect(parsed).toMatchObject({ ok: false, error: { message } });
    // The advice is printed, and may end up in a log.
    expect(JSON.stringify(parsed)).not.toContain('secret');
  });
});
