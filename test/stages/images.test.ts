import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { create, extract } from 'tar';
import * as v from 'valibot';
import { afterAll, describe, expect, it } from 'vitest';
import { ExpectedError } from '../../src/base/expected-error.ts';
import { StageError } from '../../src/runner/graph/stage-type.ts';
import { stageTypes } from '../../src/stages/index.ts';
import { networkData } from '../../src/stages/shared/samples/network-data.ts';
import { jpegFile, png, twoClasses, writeFiles } from '../datasets/picture.ts';
import { artifactIn, digestsOf, type Folder, filesIn, json, Workbench } from './workbench.ts';

const bench = new Workbench();
afterAll(() => bench.remove());

const make = (images: Folder, parameters: object = {}) =>
  bench.run('images', { parameters: { title: 'Pets', ...parameters }, inputs: { images } });

async function problemOf(images: Folder, parameters: object = {}): Promise<ExpectedError> {
  const problem = await make(images, parameters).catch((thrown: unknown) => thrown);
  expect(problem).toBeInstanceOf(ExpectedError);
  return problem as ExpectedError;
}

describe('images', () => {
  it('makes a data set from a folder, which a network reads', async () => {
    const folder = writeFiles(bench.folder(), twoClasses(5));
    const { data } = await make(folder);
    expect(filesIn(data!)).toEqual([
      'dataset.json',
      'test-images.idx',
      'test-labels.idx',
      'train-images.idx',
      'train-labels.idx',
    ]);
    expect(json(data!, 'dataset.json')).toMatchObject({
      name: 'pets',
      title: 'Pets',
      height: 5,
      width: 6,
      classNames: ['cat', 'dog'],
      trainCount: 10,
      testCount: 2,
    });
    expect(bench.log.at(-1)).toBe('Pets: 10 + 2 images of 6 x 5 x 3, 2 classes');
    const { facts, train, validation, test } = networkData(artifactIn(data!), 32);
    expect(facts.title).toBe('Pets');
    expect(train).toMatchObject({ count: 10, shape: [32, 32, 3], classes: 2 });
    expect(validation).toBeNull();
    expect(test.count).toBe(2);
    // Normalised by its own statistics: near mean 0 and deviation 1.
    const values = new Float32Array(10 * 32 * 32 * 3);
    train.fill([...Array(10).keys()], values);
    expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / values.length)).toBeLessThan(
      0.1,
    );
  });

  it('resizes and crops images of different sizes, with the same parameters in its key as before', async () => {
    const shapes = [
      { width: 21, height: 12 },
      { width: 10, height: 30 },
      { width: 16, height: 16 },
    ];
    let next = 0;
    const files = twoClasses(3, (seed) => png(seed, shapes[next++ % 3]));
    const folder = writeFiles(bench.folder(), files);
    const { data } = await make(folder, { resize: 10, crop: 8 });
    expect(json(data!, 'dataset.json')).toMatchObject({ height: 8, width: 8, trainCount: 6 });
    const { data: wide } = await make(folder, { resize: [6, 9], interpolation: 'bicubic' });
    expect(json(wide!, 'dataset.json')).toMatchObject({ height: 6, width: 9 });
    const uncropped = await problemOf(folder, { resize: 10 });
    expect(uncropped.message).toMatch(/^train\/\S+ is \d+ x \d+ pixels, .* after "resize", but /);
    expect(uncropped.advice).toBe('add "crop", or give "resize" as [height, width]');
    expect((await problemOf(folder, { size: 32, crop: 8 })).message).toBe(
      '"size" can\'t be used with "resize" or "crop"',
    );
    const { parameters } = stageTypes.get('images')!;
    const given = { title: 'Pets', size: null, test: null, seed: 0, classNames: null };
    expect(v.parse(parameters, { title: 'Pets' })).toEqual(given);
  });

  it('reports a network that is smaller than the images', async () => {
    const { data } = await make(writeFiles(bench.folder(), twoClasses(2)));
    expect(() => networkData(artifactIn(data!), 5)).toThrow(
      new StageError(
        "the images of Pets are 6 x 5 pixels, more than the network's input of 5 x 5",
        "images are only enlarged: raise the network's size, or shrink the images beforehand",
      ),
    );
  });

  it('makes the same bytes from the same images in an archive', async () => {
    const files = { ...twoClasses(3), 'train/cat/x.jpg': jpegFile(1, { width: 6, height: 5 }) };
    const folder = writeFiles(bench.folder(), files);
    const archive = bench.folder();
    await create({ file: join(archive, 'pets.tar.gz'), cwd: folder, gzip: true }, ['.']);
    const [one, other] = [await make(folder), await make(archive)];
    expect(digestsOf(other.data!)).toEqual(digestsOf(one.data!));
  });

  it('reads an archive with links like the files that they point to', async () => {
    const files = twoClasses(3);
    const [name, bytes] = Object.entries(files).find(([path]) => path.startsWith('train/cat/'))!;
    const twice = { ...files, 'train/cat/again.png': bytes };
    const linked = writeFiles(bench.folder(), files);
    symlinkSync(basename(name), join(linked, 'train/cat/again.png'));
    mkdirSync(join(linked, 'train/eel'));
    const archive = bench.folder();
    await create({ file: join(archive, 'pets.tgz'), cwd: linked, gzip: true }, ['.']);
    const [one, other] = [await make(writeFiles(bench.folder(), twice)), await make(archive)];
    expect(digestsOf(other.data!)).toEqual(digestsOf(one.data!));
    expect(bench.log).toContain('pets.tgz has empty folders, which are left out: train/eel');
  });

  it('reports images that it can not use, with advice', async () => {
    const folder = writeFiles(bench.folder(), {
      ...twoClasses(2),
      'train/dog/cut.jpg': jpegFile(1).subarray(0, 300),
    });
    const { message, advice } = await problemOf(folder);
    expect(message).toMatch(/^train\/dog\/cut\.jpg is damaged or cut short: /);
    expect(advice).toBe('copy it again, or remove it from its folder');
    const torn = bench.folder();
    writeFileSync(join(torn, 'pets.tgz'), 'no archive');
    expect((await problemOf(torn)).message).toMatch(/^pets\.tgz can't be unpacked: /);
  });

  it('refuses a file that was changed after it was hashed', async () => {
    const folder = writeFiles(bench.folder(), twoClasses(2));
    const { givenImages } = await import('../../src/stages/shared/samples/given-images.ts');
    const given = artifactIn(folder);
    const stamped = { ...given, file: (name: string) => ({ ...given.file(name), stamp: 'other' }) };
    const context = { scratch: bench.folder(), progress: () => undefined, log: () => undefined };
    const { read } = await givenImages(stamped, context);
    expect(() => read('train/cat/0.png')).toThrow(
      new StageError('"train/cat/0.png" was changed after this run had read it', 'run again'),
    );
  });

  const real = new URL('../../../shared/data/cifar-10-image-folder.tar.gz', import.meta.url);
  it.skipIf(!existsSync(real))(
    'reads some of CIFAR-10 as JPEG (skipped without ../shared/data)',
    async () => {
      const folder = bench.folder();
      await extract({
        file: real.pathname,
        cwd: folder,
        filter: (path) => /\/00[0-2]\d\.jpg$/.test(path),
      });
      const { data } = await make(folder, { title: 'CIFAR-10 (JPEG)' });
      const { facts, train } = networkData(artifactIn(data!), 32);
      expect(facts).toMatchObject({ name: 'cifar-10-jpeg', trainCount: 300, testCount: 300 });
      expect(train.classes).toBe(10);
      // For a sample of photographs, the pooled statistics are close to those of all.
      for (const deviation of facts.std) expect(Math.abs(deviation - 0.25)).toBeLessThan(0.03);
    },
  );
});

describe('a validation split', () => {
  it('is taken from the training images by its seed, and does not change the statistics', async () => {
    const folder = writeFiles(bench.folder(), twoClasses(20));
    const { data } = await make(folder);
    const split = (seed: number) =>
      networkData(artifactIn(data!), 8, { validation: { count: 10, seed } });
    const whole = networkData(artifactIn(data!), 8);
    const { train, validation, facts } = split(1);
    expect([train.count, validation!.count, whole.train.count]).toEqual([30, 10, 40]);
    expect([...validation!.labels].filter((label) => label === 0)).toHaveLength(5);
    expect(facts).toEqual(whole.facts);
    const rows = ({ count, fill }: typeof train) =>
      Array.from({ length: count }, (_, i) => {
        const out = new Float32Array(192);
        fill([i], out);
        return out.join(' ');
      });
    const apart = rows(validation!);
    expect([...rows(train), ...apart].sort()).toEqual(rows(whole.train).sort());
    expect(rows(split(1).validation!)).toEqual(apart);
    expect(rows(split(2).validation!)).not.toEqual(apart);
  });

  it('leaves images to train on', async () => {
    const { data } = await make(writeFiles(bench.folder(), twoClasses(2)));
    const all = () => networkData(artifactIn(data!), 8, { validation: { count: 4, seed: 0 } });
    expect(all).toThrow(
      new StageError(
        '4 validation images were requested, but there are only 4 training images',
        'use fewer',
      ),
    );
  });
});
