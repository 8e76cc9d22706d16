/** What happens to a file: it is read, or it is refused with a message. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { isExpectedError } from '../../src/base/expected-error.ts';
import { constantLayers, type OnnxLayer } from '../../src/onnx/layers.ts';
import { openOnnx } from '../../src/onnx/open.ts';
import { type OnnxReplacement, writeReplaced } from '../../src/onnx/replace.ts';

/** Milliseconds of computation and bytes of one mutation. */
export const [TIME, MEMORY] = [5_000, 1 << 30];

/** The time that this process computes, which is not longer if the machine is busy. */
export function computedMs(act: () => void): number {
  const start = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

export const external = (location: string, offset: number | string, length: number | string) => ({
  externalData: Object.entries({ location, offset: String(offset), length: String(length) }).map(
    ([key, value]) => ({ key, value }),
  ),
  dataLocation: 1,
});

/** What happens to a file: `read`, or the message with which it is refused. */
export function outcome(bytes: Uint8Array, folder: string): string {
  const path = join(folder, 'model.onnx');
  const out = join(folder, 'out');
  writeFileSync(path, bytes);
  try {
    const file = openOnnx(path);
    try {
      const { layers } = constantLayers(file);
      for (const layer of layers) layer.read();
      mkdirSync(out);
      writeReplaced(file, new Map(layers.map((layer) => [layer.name, ranked(layer)])), out, 'o');
    } finally {
      file.close();
      rmSync(out, { recursive: true, force: true });
    }
    return 'read';
  } catch (problem) {
    if (!isExpectedError(problem)) throw problem;
    expect(problem.message).toContain(path);
    return problem.message.slice(path.length + 2);
  }
}

/** Rank 1 for each group. */
function ranked({ shape, groups, kind }: OnnxLayer): OnnxReplacement {
  const [outputs, ...rest] = shape as [number, ...number[]];
  const ones = rest.slice(1).map(() => 1);
  const [first, last] = [
    [groups, ...rest],
    [outputs, 1, ...ones],
  ];
  const zeros = (extents: readonly number[]) => new Float32Array(extents.reduce((a, b) => a * b));
  const more = kind === 'convolution' ? { groups } : {};
  return {
    parts: [
      { suffix: 'right', shape: first, data: zeros(first), keeps: ones.map(() => true), ...more },
      { suffix: 'left', shape: last, data: zeros(last), keeps: ones.map(() => false), ...more },
    ],
  };
}
