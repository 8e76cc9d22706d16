/**
 * The moments that `python/second_moments.py` writes are those of `MomentSum`. It needs a Python with torch.
 * PIPELINE_PYTHON is its path.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { MomentSum } from '../../src/linalg/moments/second-moments.ts';
import type { InputArtifact } from '../../src/runner/graph/stage-type.ts';
import { readMoments } from '../../src/stages/shared/moments/moment-files.ts';
import { frobenius, subtract } from '../linalg/test-matrices.ts';

const python = process.env.PIPELINE_PYTHON ?? 'python3';
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0;

const SCRIPT = `
import sys
sys.path.insert(0, sys.argv[1])
import torch
from second_moments import second_moments
torch.manual_seed(1)
model = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3)).eval()
x = torch.randn(2500, 6)
with torch.no_grad():
    inside = model[1](model[0](x)).numpy()
for name, parts in (("one", 2000), ("many", [7, 1024, 5, 964])):
    pieces = list(torch.split(x[:2000], parts))
    second_moments(model, ["0", "2"], f"{sys.argv[2]}/{name}", pieces, held_out=[(x[2000:],)])
second_moments(model, ["0"], f"{sys.argv[2]}/alone", [x.reshape(5, 500, 6)])
open(f"{sys.argv[2]}/x.bin", "wb").write(x.numpy().tobytes() + inside.tobytes())
`;

it.skipIf(!hasTorch)('the script for PyTorch (skipped without a Python with torch)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'moments-'));
  try {
    execFileSync(python, ['-c', SCRIPT, resolve('python'), folder]);
    const values = new Float32Array(new Uint8Array(readFileSync(join(folder, 'x.bin'))).buffer);
    const artifact = (name: string) =>
      ({
        files: readdirSync(join(folder, name)),
        path: (file: string) => join(folder, name, file),
      }) as unknown as InputArtifact;
    const expected = (cols: number, from: number, rows: number) => {
      const sum = new MomentSum(cols);
      sum.add({ rows, cols, data: values.subarray(from, from + rows * cols) });
      return sum.moments();
    };
    const cases = [
      ['one', '0', 'calibration', 6, expected(6, 0, 2000)],
      ['many', '0', 'heldOut', 6, expected(6, 2000 * 6, 500)],
      ['many', '2', 'calibration', 5, expected(5, 2500 * 6, 2000)],
      ['alone', '0', 'calibration', 6, expected(6, 0, 2500)],
    ] as const;
    for (const [name, layer, part, inputs, wanted] of cases) {
      const found = readMoments(artifact(name), layer, part, inputs)!;
      expect(found.rows).toBe(wanted.rows);
      const error = frobenius(subtract(found.sums, wanted.sums)) / frobenius(wanted.sums);
      // Batches of other sizes give other roundings of the layers before.
      expect(error).toBeLessThan(layer === '0' ? 1e-14 : 1e-6);
      found.mean.forEach((value, i) => {
        expect(value).toBeCloseTo(wanted.mean[i]!, 6);
      });
    }
    const bytes = (name: string) =>
      readFileSync(join(folder, name, '0.moments.safetensors')).toString('hex');
    expect(bytes('one')).toBe(bytes('many'));
    expect(readMoments(artifact('alone'), '0', 'heldOut', 6)).toBeNull();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
