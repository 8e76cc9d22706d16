import { expect, test } from 'vitest';
import { ExpectedError } from '../../src/base/expected-error.ts';
import { type TensorLayerOptions, tensorLayers } from '../../src/safetensors/layers.ts';
import { openTensors, type TensorSet } from '../../src/safetensors/tensor-set.ts';
import { type Described, folderOf } from './rig.ts';

const tensors: Readonly<Record<string, Described>> = {
  'h.0.attn.c_attn.weight': { shape: [4, 12] },
  'h.0.attn.c_attn.bias': { shape: [12] },
  'h.0.ln.weight': { shape: [4] },
  'h.1.mlp.fc.weight': { shape: [3, 4], dtype: 'BF16' },
  'conv.weight': { shape: [8, 2, 3, 3] },
  'line.weight': { shape: [8, 4, 3] },
  'depthwise.weight': { shape: [8, 1, 3, 3] },
  'patch_embed.proj.weight': { shape: [4, 6] },
  'wte.weight': { shape: [9, 4] },
  'shared.weight': { shape: [9, 4] },
  'embeddings.word.weight': { shape: [9, 4] },
  in_proj_weight: { shape: [12, 4] },
  'quantized.weight': { shape: [4, 4], dtype: 'I8' },
  'empty.weight': { shape: [0, 4] },
  'volume.weight': { shape: [2, 2, 3, 3, 3] },
  weight: { shape: [2, 2] },
};

function setOf(metadata: Readonly<Record<string, string>> = {}): TensorSet {
  return openTensors(folderOf({ 'model.safetensors': tensors }, metadata));
}

function found(options?: TensorLayerOptions, metadata?: Readonly<Record<string, string>>) {
  const { layers, whole } = tensorLayers(setOf(metadata), options);
  return {
    layers: layers.map(({ name }) => name),
    whole: Object.fromEntries(whole.map(({ name, reason }) => [name, reason])),
  };
}

test('a bias shows a weight that is stored the other way round', () => {
  const seems = (stored: string, cure: string) =>
    `its bias has 12 values, and it has 4 outputs; it seems to be stored as ${stored}: ${cure}`;
  const turned = seems('[in, out]', 'select it in transpose');
  expect(found().whole['h.0.attn.c_attn']).toBe(turned);
  const file = {
    'a.weight': { shape: [12, 4] },
    'a.bias': { shape: [12] },
    'up.weight': { shape: [8, 4, 2] },
    'up.bias': { shape: [4] },
  };
  const set = openTensors(folderOf({ 'model.safetensors': file }));
  expect(tensorLayers(set, { transpose: ['a'], groups: { up: 1 } }).whole).toEqual([
    { name: 'a', reason: seems('[out, in]', 'exclude it in transpose') },
    { name: 'up', reason: 'its bias has 4 values, and it has 8 outputs' },
  ]);
});

test('linear weights are found, and the others have reasons', () => {
  const { layers, whole } = found({ transpose: ['h.0.*'] });
  expect(layers).toEqual(['h.0.attn.c_attn', 'h.1.mlp.fc']);
  const groups =
    'a file does not say the groups of a convolution; select it in layers or give its groups';
  const embedding = expect.stringContaining('its name is that of an embedding');
  expect(whole).toEqual({
    conv: groups,
    line: groups,
    depthwise: groups,
    'patch_embed.proj': embedding,
    wte: embedding,
    shared: embedding,
    'embeddings.word': embedding,
    in_proj_weight: expect.stringContaining('its name is not NAME.weight'),
    weight: expect.stringContaining('its name is not NAME.weight'),
    quantized: expect.stringContaining('its dtype is I8'),
    empty: 'it is empty',
    volume: 'it has 5 dimensions; at most 4 are supported',
  });
});

test('patterns select, also convolutions; an embedding only by its full name', () => {
  const { layers, whole } = found({ layers: ['*', '!h.*'] });
  expect(layers).toEqual(['conv', 'line']);
  expect(whole['h.1.mlp.fc']).toBe('the pattern "!h.*" excludes it');
  expect(whole.depthwise).toContain('it has one input channel or is depthwise');
  expect(found({ layers: ['wt?'] }).layers).toEqual([]);
  expect(found({ layers: ['patch_embed.proj'] }).layers).toEqual(['patch_embed.proj']);
  expect(found({ layers: ['conv'] }).whole['h.1.mlp.fc']).toBe('no pattern of layers selects it');
  expect(found({ layers: ['!conv'] }).layers).toEqual(['h.1.mlp.fc', 'line']);
});

test('groups select a convolution, and say whether it is depthwise', () => {
  const { layers } = tensorLayers(setOf(), { groups: { conv: 2, depthwise: 1 } });
  const facts = layers.map(({ name, groups, kind }) => [name, groups, kind]);
  expect(facts).toContainEqual(['conv', 2, 'convolution']);
  expect(facts).toContainEqual(['depthwise', 1, 'convolution']);
  expect(found({ groups: { depthwise: 8 } }).whole.depthwise).toBe('it is depthwise');
  expect(() => found({ groups: { conv: 3 } })).toThrow('conv.weight has 8 outputs, which 3 groups');
});

test('a weight stored as [in, out] is read as [out, in]', () => {
  const { layers } = tensorLayers(setOf(), { transpose: ['*c_attn'] });
  const [layer, other] = layers;
  expect(layer).toMatchObject({ shape: [12, 4], transposed: true, dtype: 'F32' });
  expect(other).toMatchObject({ name: 'h.1.mlp.fc', transposed: false, dtype: 'BF16' });
  const stored = setOf().read('h.0.attn.c_attn.weight');
  const turned = layer!.read();
  for (let i = 0; i < 4; i++) {
    for (let o = 0; o < 12; o++) expect(turned[o * 4 + i]).toBe(stored[i * 12 + o]);
  }
});

test.each<[place: string, options: TensorLayerOptions]>([
  ['layers', { layers: ['classifier.*'] }],
  ['layers', { layers: ['*', '!h.0.ln'] }],
  ['transpose', { transpose: ['conv'] }],
  ['groups', { groups: { 'h.*': 2 } }],
])('a pattern that matches nothing is refused: %s', (place, options) => {
  expect(() => found(options)).toThrow(ExpectedError);
  expect(() => found(options)).toThrow(new RegExp(`^${place}: the pattern .* matches nothing`));
});

test('notes decide instead of names and patterns', () => {
  const modules = {
    'h.0.attn.c_attn': { type: 'Conv1D' },
    'h.1.mlp.fc': { type: 'Embedding' },
    conv: { type: 'Conv2d', groups: 4 },
    line: { type: 'ConvTranspose1d' },
    depthwise: { type: 'Conv2d', groups: 8 },
    'patch_embed.proj': { type: 'Linear' },
    wte: { type: 'Linear' },
  };
  const metadata = {
    modules: JSON.stringify(modules),
    tied: JSON.stringify({ 'lm_head.weight': 'wte.weight' }),
  };
  const { layers } = tensorLayers(setOf(metadata));
  expect(layers.map(({ name, groups, transposed }) => [name, groups, transposed])).toEqual([
    ['h.0.attn.c_attn', 1, true],
    ['conv', 4, false],
    ['patch_embed.proj', 1, false],
  ]);
  expect(found({}, metadata).whole).toMatchObject({
    'h.1.mlp.fc': 'the class of its module is Embedding',
    line: 'the class of its module is ConvTranspose1d',
    depthwise: 'it is depthwise',
    wte: 'it shares its values with lm_head.weight',
    shared: 'the notes of its file do not mention its module',
  });
});

test.each([
  ['{', 'model.safetensors, "modules" of its metadata: it is not JSON'],
  ['{"a":1}', '"modules" of its metadata: a'],
  ['{"a":{"type":"Conv2d","groups":0}}', '"modules" of its metadata: a.groups'],
])('damaged notes are refused: %s', (modules, message) => {
  expect(() => found({}, { modules })).toThrow(ExpectedError);
  expect(() => found({}, { modules })).toThrow(message);
});
