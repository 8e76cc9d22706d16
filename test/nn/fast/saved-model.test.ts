import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/nn/fast/tensorflow/graphs/graph.ts';
import { savedModel } from '../../../src/nn/fast/tensorflow/graphs/saved-model.ts';

test('a graph is encoded in Protocol Buffers', () => {
  const builder = new GraphBuilder();
  const x = builder.placeholder([300]);
  builder.add(
    'Op',
    [x],
    { a: { kind: 'integers', value: [-1] }, b: { kind: 'float', value: 0.5 } },
    [x],
  );
  const text = (words: string) => [...Buffer.from(words)];
  const attribute = (name: string, value: readonly number[]) => {
    const entry = [0x0a, name.length, ...text(name), 0x12, value.length, ...value];
    return [0x2a, entry.length, ...entry];
  };
  const node = (fields: readonly number[]) => [0x0a, fields.length, ...fields];
  const placeholder = node([
    ...[0x0a, 2, ...text('n0'), 0x12, 11, ...text('Placeholder')],
    ...attribute('dtype', [0x30, 1]),
    // 300 in seven bits per byte, in a dimension, in a shape.
    ...attribute('shape', [0x3a, 5, 0x12, 3, 0x08, 0xac, 0x02]),
  ]);
  const minusOne = [0x18, ...Array(9).fill(0xff), 0x01];
  const operation = node([
    ...[0x0a, 2, ...text('n1'), 0x12, 2, ...text('Op')],
    ...[0x1a, 4, ...text('n0:0'), 0x1a, 3, ...text('^n0')],
    ...attribute('a', [0x0a, minusOne.length, ...minusOne]),
    ...attribute('b', [0x25, 0, 0, 0, 0x3f]),
  ]);
  // The version of the graph: 1087.
  const graph = [...placeholder, ...operation, 0x22, 3, 0x08, 0xbf, 0x08];
  const metaGraph = [...[0x0a, 7, 0x22, 5, ...text('serve')], 0x12, graph.length, ...graph];
  const expected = [0x08, 1, 0x12, metaGraph.length, ...metaGraph];
  expect([...savedModel(builder.nodes)]).toEqual(expected);
});
