/** Each stage of `configs/compare.yaml` on small images, because the real configuration takes half an hour. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { png } from '../datasets/picture.ts';

/** The rates include one at which all layers stay whole. */
const SMALL = `
datasets: []
images: [photos]
ownImages: { title: Photos, test: 0.3 }
network: { width: 0.0625, hidden: 32, pool: 1 }
training: { epochs: 1, batch: 16, validation: 16 }
svd: { rates: [1, 2] }
cur: { rates: [2], seeds: [0] }
selected: { rates: [2] }
calibrated: { rates: [2], images: 32 }
fitted: { images: [32], rates: [2] }
repairing: { images: 32 }
shared: { rates: [2] }
whole: { rates: [2] }
publishedProtocol: { rank: 10, rates: [1, 2] }
finetuning: { epochs: 1, batch: 16, limit: 16 }
report: { figures: { only: [accuracy] } }
`;

const folder = mkdtempSync(join(tmpdir(), 'pipeline-'));

beforeAll(() => {
  cpSync('pipeline.yaml', join(folder, 'pipeline.yaml'));
  cpSync('configs', join(folder, 'configs'), { recursive: true });
  writeFileSync(join(folder, 'small.yaml'), SMALL);
  for (let i = 0; i < 120; i += 1) {
    const photos = join(folder, `photos/train/class-${i % 3}`);
    mkdirSync(photos, { recursive: true });
    writeFileSync(join(photos, `${i}.png`), png(i, { width: 16, height: 16 }));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('runs to its end', async () => {
  const words = ['run', '-c', 'configs/compare.yaml', '-c', 'small.yaml'];
  const { exitCode, stdout, stderr } = await execa('node', [resolve('dist/main.js'), ...words], {
    cwd: folder,
    reject: false,
  });
  expect(exitCode, stdout + stderr).toBe(0);
  expect(stdout).toMatch(/\b108 executed, 0 cached/);
});
