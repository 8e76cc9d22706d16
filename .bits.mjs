import{createRequire as __c}from'node:module';const require=__c(import.meta.url);

// ../g-fast-bits/b.ts
import { createHash as createHash2 } from "node:crypto";

// src/nn/backends/install-location.ts
var folder;
function setInstallLocation(userFolder2) {
  folder = userFolder2;
}
function installLocation() {
  return folder;
}

// src/nn/backends/user-folder.ts
import { join, resolve } from "node:path";
function userFolder(environment, home) {
  const named = environment.LOWRANK_BACKENDS;
  if (named) return resolve(named);
  const data = environment.XDG_DATA_HOME || join(home, ".local", "share");
  return join(data, "lowrank-pipeline", "backends");
}

// src/nn/backends/start.ts
import { createRequire as createRequire4 } from "node:module";
import { dirname as dirname2, join as join5 } from "node:path";
import * as tf20 from "@tensorflow/tfjs-core";

// src/base/expected-error.ts
var ExpectedError = class extends Error {
  name = "ExpectedError";
  /** What to do about it. */
  advice;
  constructor(message2, advice) {
    super(message2);
    this.advice = advice;
  }
};

// src/base/system-error.ts
function codeOf(problem) {
  const code = problem instanceof Error ? problem.code : void 0;
  return typeof code === "string" ? code : void 0;
}

// src/nn/fast/masks/masks-module.ts
var masksModule = "AGFzbQEAAAABCAFgBH9/f38AAhEBBW1hc2tzBm1lbW9yeQIAAQMCAQAHCAEEZmlsbAAACsEBAb4BAgJ/AnsgAEECdCEFIAH9Ef0MAQAAAAIAAAADAAAABAAAAEG5893xef0R/bUB/a4BIQYgAkEBayECAkADQCAEIAVPDQEgBiAGQRD9rQH9UUHrlK+veP0R/bUBIQcgByAHQQ39rQH9UUG13MqVfP0R/bUBIQcgByAHQRD9rQH9UUEB/a0BIQcgBCAD/REgAv0RIAf9sQFBH/2sAf1O/QsEACAGQQRBufPd8Xls/RH9rgEhBiAEQRBqIQQMAAsLCw==";

// src/nn/fast/masks/draw-mask.ts
function drawMask(out, rate, key) {
  const count = 4 * Math.ceil(out.length / 4);
  const { memory, fill: fill2 } = workshopFor(4 * count);
  const [kept] = new Int32Array(Float32Array.of(1 / (1 - rate)).buffer);
  fill2(count, key, Math.round(rate * 2 ** 31), kept);
  out.set(new Float32Array(memory.buffer, 0, out.length));
}
var PAGE = 2 ** 16;
var made;
function workshopFor(bytes) {
  if (!made || made.memory.buffer.byteLength < bytes) made = makeWorkshop(bytes);
  return made;
}
function makeWorkshop(bytes) {
  const memory = new WebAssembly.Memory({ initial: Math.max(1, Math.ceil(bytes / PAGE)) });
  const module = new WebAssembly.Module(Buffer.from(masksModule, "base64"));
  const { exports } = new WebAssembly.Instance(module, { masks: { memory } });
  return { memory, fill: exports.fill };
}

// src/nn/batch.ts
import * as tf from "@tensorflow/tfjs-core";

// src/nn/model/description.ts
function parameterShapes(layers) {
  return layers.flatMap((layer) => isWeighted(layer) ? parametersOf(layer) : []);
}
function isWeighted(layer) {
  return "name" in layer;
}
function parametersOf(layer) {
  const named = (name, ...shape) => ({ name: `${layer.name}.${name}`, shape });
  switch (layer.kind) {
    case "convolution":
      return [
        named("weight", layer.out, layer.in, ...layer.kernel),
        ...layer.bias ? [named("bias", layer.out)] : []
      ];
    case "batch-norm":
      return [
        named("weight", layer.channels),
        named("bias", layer.channels),
        { ...named("running_mean", layer.channels), buffer: true },
        { ...named("running_var", layer.channels), buffer: true }
      ];
    case "dense":
      return [
        named("weight", layer.out, layer.in),
        ...layer.bias ? [named("bias", layer.out)] : []
      ];
    case "interpolation":
      return [named("weight", layer.columns.length, layer.in - layer.columns.length)];
  }
}
function sizeOf(shape) {
  return shape.reduce((product, extent) => product * extent, 1);
}
function convolves(layers) {
  return layers.some(({ kind }) => kind === "convolution");
}

// src/nn/batch.ts
function batchesOf(samples, shape) {
  const size = sizeOf(shape);
  if (sizeOf(samples.shape) !== size) {
    throw new Error(
      `samples are [${samples.shape.join()}], but the network takes [${shape.join()}]`
    );
  }
  const { classes, labels } = samples;
  const fill2 = (indices, out) => {
    samples.fill(indices, out);
    out.fill(0, indices.length * size);
  };
  const fillTruth = (indices, out) => {
    out.fill(0);
    indices.forEach((index, row) => {
      out[row * classes + labels[index]] = 1 / indices.length;
    });
  };
  return {
    ...{ shape, classes, fill: fill2, fillTruth },
    tensor: (indices) => {
      const values = new Float32Array(indices.length * size);
      fill2(indices, values);
      return tf.tensor(values, [indices.length, ...shape]);
    },
    truth: (indices) => {
      const values = new Float32Array(indices.length * classes);
      fillTruth(indices, values);
      return tf.tensor2d(values, [indices.length, classes]);
    }
  };
}
function* inOrder(count, size) {
  for (let start = 0; start < count; start += size) {
    const indices = new Uint32Array(Math.min(size, count - start));
    for (let i = 0; i < indices.length; i++) indices[i] = start + i;
    yield indices;
  }
}

// src/linalg/matrix.ts
function zeros(rows, cols) {
  return { rows, cols, data: new Float64Array(rows * cols) };
}

// src/linalg/fold.ts
function foldAveragePool(weight, pool) {
  const cells = pool.size ** 2;
  const positions = pool.height * pool.width;
  const channels = weight.cols / cells;
  if (!Number.isInteger(channels)) {
    throw new RangeError(`${weight.cols} inputs are not channels of ${cells} cells`);
  }
  if (positions === 1) return sums(weight, cells);
  const shares = cellShares(pool);
  const folded = zeros(weight.rows, channels * positions);
  for (let block2 = 0; block2 < weight.rows * channels; block2++) {
    for (const { cell, position, share } of shares) {
      folded.data[block2 * positions + position] += share * weight.data[block2 * cells + cell];
    }
  }
  return folded;
}
function sums({ rows, cols, data }, count) {
  const all = zeros(rows, cols / count);
  for (let i = 0, from = 0; i < all.data.length; i++) {
    let sum3 = 0;
    for (const end = from + count; from < end; from++) sum3 += data[from];
    all.data[i] = sum3;
  }
  return all;
}
function cellShares({ height, width, size }) {
  const shares = [];
  for (let cell = 0; cell < size ** 2; cell++) {
    const rows = cellSpan(Math.floor(cell / size), size, height);
    const columns = cellSpan(cell % size, size, width);
    const share = 1 / ((rows.end - rows.start) * (columns.end - columns.start));
    for (let row = rows.start; row < rows.end; row++) {
      for (let column = columns.start; column < columns.end; column++) {
        shares.push({ cell, position: row * width + column, share });
      }
    }
  }
  return shares;
}
function cellSpan(index, size, extent) {
  const start = Math.floor(index * extent / size);
  return { start, end: Math.ceil((index + 1) * extent / size) };
}

// src/nn/model/shapes.ts
var LayerMisfit = class extends Error {
  name = "LayerMisfit";
};
function inferShapes(description) {
  const features = chain(description.features, description.input, "features");
  const boundary = features.at(-1) ?? description.input;
  const classifier = chain(description.classifier, boundary, "classifier");
  const output = classifier.at(-1) ?? boundary;
  if (output.length !== 1 || output[0] !== description.classes) {
    throw new LayerMisfit(
      `the network ends in ${show(output)}, but it has ${description.classes} classes`
    );
  }
  return { features, boundary, classifier };
}
function shapesAfter(layers, input) {
  return chain(layers, input, "layers");
}
function chain(layers, input, part) {
  let shape = input;
  return layers.map((layer, index) => {
    const place = `${part}[${index}] (${layer.kind})`;
    if (layer.kind === "adaptive-average-pool" && layers[index + 1]?.kind !== "flatten") {
      throw new LayerMisfit(`${place}: a flatten must follow`);
    }
    shape = after(layer, shape, place);
    return shape;
  });
}
function after(layer, shape, place) {
  switch (layer.kind) {
    case "relu":
    case "dropout":
      return shape;
    case "convolution": {
      const [height, width, channels] = spatial(shape, place);
      expectWidth(channels, layer.in, "channels", place);
      const { kernel, stride, padding } = layer;
      return [
        windows(height + 2 * padding[0], kernel[0], stride[0], place),
        windows(width + 2 * padding[1], kernel[1], stride[1], place),
        layer.out
      ];
    }
    case "batch-norm":
      expectWidth(shape.at(-1), layer.channels, "channels", place);
      return shape;
    case "max-pool": {
      const [height, width, channels] = spatial(shape, place);
      return [
        windows(height, layer.size, layer.stride, place),
        windows(width, layer.size, layer.stride, place),
        channels
      ];
    }
    case "adaptive-average-pool":
      return [layer.size, layer.size, spatial(shape, place)[2]];
    case "flatten": {
      const [height, width, channels] = spatial(shape, place);
      return [height * width * channels];
    }
    case "dense":
    case "interpolation":
      if (shape.length !== 1) {
        throw new LayerMisfit(`${place}: expects a flat input, but receives ${show(shape)}`);
      }
      expectWidth(shape[0], layer.in, "inputs", place);
      if (layer.kind === "dense") return [layer.out];
      expectAscending(layer.columns, layer.in, place);
      return [layer.columns.length];
  }
}
function spatial(shape, place) {
  const [height, width, channels] = shape;
  if (height === void 0 || width === void 0 || channels === void 0) {
    throw new LayerMisfit(
      `${place}: expects [height, width, channels], but receives ${show(shape)}`
    );
  }
  return [height, width, channels];
}
function windows(extent, size, stride, place) {
  const count = Math.floor((extent - size) / stride) + 1;
  if (count < 1)
    throw new LayerMisfit(`${place}: a window of ${size} doesn't fit in an extent of ${extent}`);
  return count;
}
function expectWidth(actual, expected, unit, place) {
  if (actual !== expected) {
    throw new LayerMisfit(`${place}: expects ${expected} ${unit}, but receives ${actual}`);
  }
}
function expectAscending(columns, inputs, place) {
  const fits = columns.every(
    (column, i) => column > (columns[i - 1] ?? -1) && column < inputs && Number.isInteger(column)
  );
  if (fits) return;
  throw new LayerMisfit(`${place}: its columns are some of ${inputs} inputs, in ascending order`);
}
function show(shape) {
  return `[${shape.join(", ")}]`;
}

// src/nn/model/copied-inputs.ts
function copiedInputs(layers, input) {
  const shapes = shapesAfter(layers, input);
  const copies = layers.flatMap((layer, index) => {
    if (layer.kind !== "adaptive-average-pool" || layer.size === 1) return [];
    const [height, width] = shapes[index - 1] ?? input;
    const dense2 = layers[index + 2];
    const copied = height === 1 && width === 1 && dense2?.kind === "dense";
    return copied ? [[`${dense2.name}.weight`, layer.size ** 2]] : [];
  });
  return new Map(copies);
}
function narrowed(weights, copies) {
  return new Map(
    [...weights].map(([name, weight]) => [name, narrow(weight, copies.get(name) ?? 1)])
  );
}
function widened(trained, initial, copies) {
  return new Map(
    [...trained].map(([name, weight]) => {
      const count = copies.get(name) ?? 1;
      return [name, count === 1 ? weight : wide(weight, initial.get(name), count)];
    })
  );
}
function narrow(weight, copies) {
  if (copies === 1) return weight;
  const [rows, cols] = weight.shape;
  const pool = { height: 1, width: 1, size: Math.sqrt(copies) };
  const sums2 = foldAveragePool({ rows, cols, data: weight.data }, pool);
  return { shape: [sums2.rows, sums2.cols], data: new Float32Array(sums2.data) };
}
function wide(sums2, { shape, data: before }, copies) {
  const { data: old } = narrow({ shape, data: before }, copies);
  const data = new Float32Array(before.length);
  for (let i = 0, at = 0; i < old.length; i++) {
    const moved2 = (sums2.data[i] - old[i]) / copies;
    for (const end = at + copies; at < end; at++) data[at] = before[at] + moved2;
  }
  return { shape, data };
}

// src/nn/model/parameters.ts
import * as tf2 from "@tensorflow/tfjs-core";
function loadParameters(weights) {
  return new Map([...weights].map(([name, weight]) => [name, load(weight)]));
}
async function readParameters(parameters) {
  const weights = /* @__PURE__ */ new Map();
  for (const [name, tensor5] of parameters) weights.set(name, await read(tensor5));
  return weights;
}
function disposeParameters(parameters) {
  for (const tensor5 of parameters.values()) tensor5.dispose();
}
function load({ shape, data }) {
  if (shape.length !== 4) return tf2.tensor(data.slice(), [...shape]);
  const [out, channels, height, width] = shape;
  const filter = permute(data, [out, channels, height * width], ([o, c, t]) => {
    return (t * channels + c) * out + o;
  });
  return tf2.tensor(filter, [height, width, channels, out]);
}
async function read(tensor5) {
  const data = await tensor5.data();
  if (tensor5.shape.length !== 4) return { shape: [...tensor5.shape], data: data.slice() };
  const [height, width, channels, out] = tensor5.shape;
  const taps = height * width;
  const filter = permute(data, [taps, channels, out], ([t, c, o]) => (o * channels + c) * taps + t);
  return { shape: [out, channels, height, width], data: filter };
}
function permute(data, [first, second, third], target) {
  const moved2 = new Float32Array(data.length);
  let source = 0;
  for (let i = 0; i < first; i++) {
    for (let j = 0; j < second; j++) {
      for (let k = 0; k < third; k++) moved2[target([i, j, k])] = data[source++];
    }
  }
  return moved2;
}

// src/nn/fast/tensorflow/inference-graph.ts
import * as tf5 from "@tensorflow/tfjs-core";

// src/nn/fast/tensorflow/graphs/attributes.ts
var FLOAT = 1;
var INTEGER = 3;
var float32 = { kind: "type", value: FLOAT };
var int32 = { kind: "type", value: INTEGER };

// src/nn/fast/tensorflow/graphs/graph.ts
var GraphBuilder = class {
  nodes = [];
  /** Its first output. `after`: outputs that have to be there before it starts. */
  add(operation, inputs, attributes, after2 = []) {
    const name = `n${this.nodes.length}`;
    const control = after2.map((output) => `^${output.slice(0, output.indexOf(":"))}`);
    this.nodes.push({ name, operation, inputs: [...inputs, ...control], attributes });
    return `${name}:0`;
  }
  /** A float32 tensor that is given at each run. */
  placeholder(shape) {
    return this.add("Placeholder", [], { dtype: float32, shape: { kind: "shape", value: shape } });
  }
  scalar(value) {
    return this.#constant({ type: FLOAT, shape: [], bytes: bytesOf(Float32Array.of(value)) });
  }
  /** `count` rows of a float32 tensor of `shape`, from row `first` on. */
  rows(input, shape, first, count) {
    if (count === shape[0]) return input;
    const [begin, size] = [
      [first, ...shape.slice(1).fill(0)],
      [count, ...shape.slice(1)]
    ].map((extents) => {
      const bytes = bytesOf(Int32Array.from(extents));
      return this.#constant({ type: INTEGER, shape: [extents.length], bytes });
    });
    return this.add("Slice", [input, begin, size], { T: float32, Index: int32 });
  }
  /** The sum of at least one tensor, in their order. */
  sum(terms) {
    const count = { kind: "integer", value: terms.length };
    return terms.length === 1 ? terms[0] : this.add("AddN", terms, { T: float32, N: count });
  }
  /** The rows of at least one tensor, in their order. */
  stacked(parts) {
    if (parts.length === 1) return parts[0];
    const axis = this.#constant({ type: INTEGER, shape: [], bytes: bytesOf(Int32Array.of(0)) });
    const count = { kind: "integer", value: parts.length };
    return this.add("ConcatV2", [...parts, axis], { T: float32, Tidx: int32, N: count });
  }
  /** Outputs of the nodes from number `first` on that read `output`. */
  readersOf(output, first) {
    const reads = ({ inputs }) => inputs.includes(output);
    return this.nodes.slice(first).filter(reads).map(({ name }) => `${name}:0`);
  }
  #constant(value) {
    const dtype = { kind: "type", value: value.type };
    return this.add("Const", [], { dtype, value: { kind: "tensor", value } });
  }
  /** Adds the nodes of a trace, with `inputs` as its inputs. Returns its outputs. */
  include(trace2, inputs) {
    const first = this.nodes.length;
    const output = (source) => "input" in source ? inputs[source.input] : `n${first + source.node}:${source.output}`;
    for (const { operation, inputs: sources, attributes } of trace2.nodes) {
      this.add(operation, sources.map(output), attributes);
    }
    return trace2.outputs.map(output);
  }
};
function bytesOf({ buffer }) {
  return new Uint8Array(buffer);
}

// src/nn/fast/tensorflow/backend.ts
import * as tf3 from "@tensorflow/tfjs-core";
function nativeBackend() {
  return tf3.backend();
}

// src/nn/fast/tensorflow/graphs/micro-batches.ts
function microBatches(size, layers) {
  if (!convolves(layers) || size < 2 || nativeBackend().isUsingGpuDevice)
    return [{ first: 0, count: size }];
  const half = Math.ceil(size / 2);
  return [
    { first: 0, count: half },
    { first: half, count: size - half }
  ];
}

// src/nn/fast/tensorflow/graphs/recent.ts
var Recent = class {
  /** The one that was used last at the end. */
  #entries = /* @__PURE__ */ new Map();
  #options;
  constructor(options) {
    this.#options = options;
  }
  /** The value of `key`, made where it is missing. */
  get(key, make) {
    const value = this.take(key) ?? make();
    this.keep(key, value);
    return value;
  }
  /** Takes the value of `key` out. */
  take(key) {
    const value = this.#entries.get(key);
    this.#entries.delete(key);
    return value;
  }
  /** Where the key has a value already, that one stays and `value` is dropped. */
  keep(key, value) {
    const { drop } = this.#options;
    if (this.#entries.has(key)) {
      drop?.(value);
      return;
    }
    this.#entries.set(key, value);
    for (const [oldest, one] of this.#entries) {
      if (!this.#isOverFull()) break;
      this.#entries.delete(oldest);
      drop?.(one);
    }
  }
  #isOverFull() {
    const { limit, sizeLimit = Number.POSITIVE_INFINITY, sizeOf: sizeOf2 } = this.#options;
    const sizes = Array.from(this.#entries.values(), (value) => sizeOf2?.(value) ?? 0);
    return sizes.length > limit || sizes.reduce((sum3, size) => sum3 + size, 0) > sizeLimit;
  }
};

// src/nn/fast/tensorflow/graphs/session.ts
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as join2 } from "node:path";

// src/nn/fast/tensorflow/graphs/saved-model.ts
var TAG = "serve";
var GRAPH_VERSION = 1087;
function savedModel(nodes) {
  const graph = message([
    ...nodes.map((node) => [1, nodeMessage(node)]),
    [4, message([[1, GRAPH_VERSION]])]
  ]);
  const metaGraph = message([
    [1, message([[4, TAG]])],
    [2, graph]
  ]);
  return Uint8Array.from(
    message([
      [1, 1],
      [2, metaGraph]
    ])
  );
}
function nodeMessage({ name, operation, inputs, attributes }) {
  const entries = Object.entries(attributes).map(([key, value]) => {
    const entry = message([
      [1, key],
      [2, message([attributeField(value)])]
    ]);
    return [5, entry];
  });
  return message([
    [1, name],
    [2, operation],
    ...inputs.map((input) => [3, input]),
    ...entries
  ]);
}
function attributeField({ kind, value }) {
  switch (kind) {
    case "string":
      return [2, value];
    case "integer":
      return [3, value];
    case "float":
      return [4, { float: value }];
    case "boolean":
      return [5, value ? 1 : 0];
    case "type":
      return [6, value];
    case "shape":
      return [7, shapeMessage(value)];
    case "tensor":
      return [8, tensorMessage(value)];
    case "integers":
      return [1, message(value.map((one) => [3, one]))];
    case "floats":
      return [1, message(value.map((one) => [4, { float: one }]))];
  }
}
function shapeMessage(shape) {
  return message(shape.map((extent) => [2, message([[1, extent]])]));
}
function tensorMessage({ type, shape, bytes }) {
  return message([
    [1, type],
    [2, shapeMessage(shape)],
    [4, bytes]
  ]);
}
var VARINT = 0;
var LENGTH_DELIMITED = 2;
var FIXED32 = 5;
function message(fields) {
  const bytes = [];
  for (const [number, value] of fields) append(bytes, number, value);
  return bytes;
}
function append(bytes, number, value) {
  const tag = (wireType) => appendVarint(bytes, number * 8 + wireType);
  if (typeof value === "number") {
    tag(VARINT);
    appendVarint(bytes, value);
  } else if (typeof value === "object" && "float" in value) {
    tag(FIXED32);
    appendAll(bytes, new Uint8Array(Float32Array.of(value.float).buffer));
  } else {
    const content = typeof value === "string" ? Buffer.from(value) : value;
    tag(LENGTH_DELIMITED);
    appendVarint(bytes, content.length);
    appendAll(bytes, content);
  }
}
function appendAll(bytes, more) {
  for (let i = 0; i < more.length; i++) bytes.push(more[i]);
}
function appendVarint(bytes, value) {
  let rest = value;
  if (value < 0 || value > 2147483647) {
    let large = BigInt.asUintN(64, BigInt(value));
    for (; large > 0x7fffffffn; large >>= 7n) bytes.push(Number(large & 127n) | 128);
    rest = Number(large);
  }
  for (; rest > 127; rest >>= 7) bytes.push(rest & 127 | 128);
  bytes.push(rest);
}

// src/nn/fast/tensorflow/graphs/session.ts
function openSession(nodes, variables) {
  const backend6 = nativeBackend();
  const { name, bytes } = formOf(nodes);
  const { number } = idle.take(name) ?? { number: load2(bytes) };
  const held = variables.reduce((sum3, { size }) => sum3 + 4 * size, 0);
  return {
    run: (given2, wanted) => {
      const names = [...given2.keys()].map((name2) => ({ name: name2 }));
      return backend6.runSavedModel(number, [...given2.values()], names, wanted);
    },
    compute: (given2, wanted) => {
      const { binding } = backend6;
      const handles = given2.map(
        ({ shape, values: values2 }) => binding.createTensor(shape, binding.TF_FLOAT, values2)
      );
      const names = given2.map(({ output }) => output).join();
      const results = binding.runSavedModel(number, handles, names, wanted).map(({ id }) => id);
      const values = binding.tensorDataSync(results[0]);
      for (const handle of [...handles, ...results]) binding.deleteTensor(handle);
      return values;
    },
    close: () => idle.keep(name, { number, held })
  };
}
function formOf(nodes) {
  const known = forms.get(nodes);
  if (known) return known;
  const bytes = savedModel(nodes);
  const form = { bytes, name: createHash("sha256").update(bytes).digest("hex") };
  forms.set(nodes, form);
  return form;
}
var forms = /* @__PURE__ */ new WeakMap();
var idle = new Recent({
  limit: 8,
  sizeLimit: 2 ** 26,
  sizeOf: ({ held }) => held,
  drop: ({ number }) => nativeBackend().deleteSavedModel(number)
});
function load2(bytes) {
  const folder2 = mkdtempSync(join2(tmpdir(), "pipeline-graph-"));
  try {
    writeFileSync(join2(folder2, "saved_model.pb"), bytes);
    return nativeBackend().loadSavedModelMetaGraph(folder2, TAG);
  } finally {
    rmSync(folder2, { recursive: true, force: true });
  }
}

// src/nn/fast/tensorflow/graphs/tracing.ts
import * as tf4 from "@tensorflow/tfjs-core";
function trace(compute) {
  const backend6 = nativeBackend();
  const { binding } = backend6;
  const sources = /* @__PURE__ */ new Map();
  const nodes = [];
  let inputs = 0;
  const sourceOf = (handle) => {
    const source = sources.get(handle);
    if (source === void 0)
      throw new Error("a traced computation uses a tensor that was made before it");
    return source;
  };
  const add6 = (node, handles) => {
    const at = nodes.push(node) - 1;
    handles.forEach((handle, output) => {
      sources.set(handle, { node: at, output });
    });
  };
  const noted = {
    createTensor: (shape, type, values) => {
      const handle = binding.createTensor(shape, type, values);
      const { buffer, byteOffset, byteLength } = values;
      const bytes = new Uint8Array(buffer, byteOffset, byteLength).slice();
      const value = { kind: "tensor", value: { type, shape: [...shape], bytes } };
      const attributes = { dtype: { kind: "type", value: type }, value };
      add6({ operation: "Const", inputs: [], attributes }, [handle]);
      return handle;
    },
    executeOp: (operation, given3, handles, outputs) => {
      const from = handles.map(sourceOf);
      const results = binding.executeOp(operation, given3, handles, outputs);
      const attributes = attributesOf(given3, binding);
      const made3 = results.map(({ id }) => id);
      add6({ operation, inputs: from, attributes }, made3);
      return results;
    }
  };
  const given2 = (tensor5) => {
    backend6.binding = binding;
    const [handle] = backend6.getInputTensorIds([tensor5]);
    backend6.binding = listening;
    sources.set(handle, { input: inputs++ });
    return tensor5;
  };
  const listening = Object.create(binding, {
    createTensor: { value: noted.createTensor },
    executeOp: { value: noted.executeOp }
  });
  backend6.binding = listening;
  try {
    const outputs = tf4.tidy(() => [...compute(given2)]);
    const traced = backend6.getInputTensorIds(outputs).map(sourceOf);
    tf4.dispose(outputs);
    return { nodes, outputs: traced };
  } finally {
    backend6.binding = binding;
  }
}
function attributesOf(given2, binding) {
  const kinds = /* @__PURE__ */ new Map([
    [binding.TF_ATTR_STRING, "string"],
    [binding.TF_ATTR_INT, "integer"],
    [binding.TF_ATTR_FLOAT, "float"],
    [binding.TF_ATTR_BOOL, "boolean"],
    [binding.TF_ATTR_TYPE, "type"],
    [binding.TF_ATTR_SHAPE, "shape"]
  ]);
  const entries = given2.map(({ name, type, value }) => {
    const kind = kinds.get(type);
    if (kind === void 0) throw new Error(`unknown type of attribute: ${type}`);
    const listed = Array.isArray(value) && kind !== "shape";
    return [name, { kind: listed ? `${kind}s` : kind, value }];
  });
  return Object.fromEntries(entries);
}

// src/nn/fast/tensorflow/graphs/variables.ts
function variable(builder, rank) {
  const name = { kind: "string", value: `variable ${builder.nodes.length}` };
  const shape = Array(rank).fill(ANY);
  const extents = { kind: "shape", value: shape };
  const attributes = { dtype: float32, shape: extents, shared_name: name };
  const handle = builder.add("VarHandleOp", [], attributes);
  const value = builder.add("ReadVariableOp", [handle], { dtype: float32 });
  return { handle, value, shape };
}
var ANY = -1;
function given(builder, held) {
  return held.map((one) => [one, builder.placeholder(one.shape)]);
}
function assigned(builder, values) {
  const assignments = values.map(
    ([{ handle }, value]) => builder.add("AssignVariableOp", [handle, value], { dtype: float32 })
  );
  return builder.add("Identity", [builder.scalar(0)], { T: float32 }, assignments);
}

// src/nn/fast/tensorflow/inference-graph.ts
function inferenceGraph(layers, parameters, options) {
  const { shape, sizes } = options;
  const tensors = [...parameters.values()];
  const key = JSON.stringify([layers, shape, sizes, tensors.map((tensor5) => tensor5.shape)]);
  const graph = recent.get(key, () => makeGraph(layers, parameters, options));
  const { nodes, programFor, initial, done } = graph;
  const session = openSession(nodes, tensors);
  const weights = new Map(initial.map((output, index) => [output, tensors[index]]));
  tf5.dispose(session.run(weights, [done]));
  return {
    run: (values, rows) => {
      const { batch, output } = programFor(rows);
      return session.compute([{ output: batch, shape: [rows, ...shape], values }], output);
    },
    dispose: () => session.close()
  };
}
var recent = new Recent({ limit: 64 });
function makeGraph(layers, parameters, { shape, sizes, forward: forward2 }) {
  const builder = new GraphBuilder();
  const variables = Array.from(parameters.values(), ({ rank }) => variable(builder, rank));
  const outputOf = (batch, rows) => {
    const traced = trace((input) => {
      for (const tensor5 of parameters.values()) input(tensor5);
      return [forward2(layers, parameters, input(tf5.zeros([rows, ...shape])))];
    });
    return builder.include(traced, [...variables.map(({ value }) => value), batch])[0];
  };
  const inMicroBatches = (size) => {
    const whole = [size, ...shape];
    const batch = builder.placeholder(whole);
    const outputs = microBatches(size, layers).map(
      ({ first, count }) => outputOf(builder.rows(batch, whole, first, count), count)
    );
    return { batch, output: builder.stacked(outputs) };
  };
  const ofAnySize = () => {
    const batch = builder.placeholder([ANY, ...shape]);
    return { batch, output: outputOf(batch, 1) };
  };
  const sized = convolves(layers);
  const programs = sized ? sizes.map(inMicroBatches) : [ofAnySize()];
  const initial = given(builder, variables);
  return {
    nodes: builder.nodes,
    programFor: (size) => programs[sized ? sizes.indexOf(size) : 0],
    initial: initial.map(([, output]) => output),
    done: assigned(builder, initial)
  };
}

// src/nn/fast/tensorflow/graph-inference.ts
var graphInference = (options, forward2) => {
  const { layers, weights, samples, shape, batchSize } = options;
  const count = Math.ceil(samples.count / batchSize);
  if (count < WORTH_A_GRAPH || !alike(layers)) return void 0;
  const sizes = /* @__PURE__ */ new Set([batchSize, samples.count - (count - 1) * batchSize]);
  const parameters = loadParameters(narrowed(weights, copiedInputs(layers, shape)));
  const graph = inferenceGraph(layers, parameters, { shape, sizes: [...sizes], forward: forward2 });
  disposeParameters(parameters);
  const batches = batchesOf(samples, shape);
  const sampleSize = sizeOf(shape);
  const whole = new Float32Array(batchSize * sampleSize);
  return {
    run: async (indices) => {
      const values = whole.subarray(0, indices.length * sampleSize);
      batches.fill(indices, values);
      return graph.run(values, indices.length);
    },
    dispose: () => graph.dispose()
  };
};
var WORTH_A_GRAPH = 8;
function alike(layers) {
  const kinds = new Set(layers.map(({ kind }) => kind));
  return convolves(layers) || kinds.has("dense") && !kinds.has("interpolation");
}

// src/nn/fast/tensorflow/graph-steps.ts
import * as tf11 from "@tensorflow/tfjs-core";

// src/nn/training/adam-state.ts
var beta1 = 0.9;
var beta2 = 0.999;
var epsilon = 1e-8;
function scalarsOf(step2, learningRate) {
  const correction = Math.sqrt(1 - beta2 ** step2);
  return {
    rate: learningRate * correction / (1 - beta1 ** step2),
    epsilon: epsilon * correction
  };
}

// src/nn/training/moments.ts
import * as tf6 from "@tensorflow/tfjs-core";
function momentsOf(values, kept) {
  return values.map(({ shape }, index) => {
    const data = kept?.[index];
    return data ? tf6.tensor(data.slice(), [...shape]) : tf6.zeros([...shape]);
  });
}
function arraysOf(tensors) {
  return Promise.all(tensors.map(async (tensor5) => (await tensor5.data()).slice()));
}

// src/nn/fast/tensorflow/step-program.ts
import * as tf10 from "@tensorflow/tfjs-core";

// src/nn/training/state.ts
var momentum = 0.1;

// src/nn/fast/tensorflow/folded-state.ts
import * as tf9 from "@tensorflow/tfjs-core";

// src/nn/kernels/copies.ts
import * as tf8 from "@tensorflow/tfjs-core";

// src/nn/kernels/block.ts
import * as tf7 from "@tensorflow/tfjs-core";
function block(rule) {
  if (rule.differentiate.length === 0) return tf7.tidy(() => rule.forward());
  const differentiated = tf7.customGrad((...inputs) => {
    const save = inputs.at(-1);
    const value = rule.forward();
    save([...rule.keep(value)]);
    const gradFunc = (dy, kept) => tf7.tidy(() => [...rule.backward(dy, kept)]);
    return { value, gradFunc };
  });
  return differentiated(...rule.differentiate);
}

// src/nn/kernels/copies.ts
function foldCopies(weight, copies) {
  const [out, inputs] = weight.shape;
  const channels = inputs / copies;
  return block({
    differentiate: [weight],
    forward: () => {
      const blocks2 = tf8.reshape(weight, [out * channels, copies]);
      return tf8.reshape(tf8.sum(blocks2, 1), [out, channels]);
    },
    keep: () => [],
    backward: (dy) => [spreadCopies(dy, copies)]
  });
}
function spreadCopies(folded, copies) {
  const [out, channels] = folded.shape;
  const column = tf8.reshape(folded, [out * channels, 1]);
  return tf8.reshape(tf8.matMul(column, tf8.ones([1, copies])), [out, channels * copies]);
}

// src/nn/fast/tensorflow/folded-state.ts
function foldedState(builder, state, copies, values) {
  const all = new Map([...state.parameters, ...state.statistics, ...state.fixed]);
  const folded = new Map(
    [...copies].map(([name, count]) => {
      return [name, tf9.tidy(() => foldCopies(all.get(name), count))];
    })
  );
  const names = [...all.keys()];
  const replaced = (parameters) => new Map([...parameters].map(([name, tensor5]) => [name, folded.get(name) ?? tensor5]));
  const include = (compute, tensors, outputs) => outputs.map((output, index) => {
    const count = copies.get(names[index]);
    if (count === void 0) return output;
    const tensor5 = tensors.get(names[index]);
    const traced = trace((given2) => [compute(given2(tensor5), count)]);
    return builder.include(traced, [output])[0];
  });
  return {
    state: {
      parameters: replaced(state.parameters),
      statistics: state.statistics,
      fixed: replaced(state.fixed)
    },
    values: include(foldCopies, all, values),
    unfold: (gradients) => include(spreadCopies, folded, gradients),
    dispose: () => disposeParameters(folded)
  };
}

// src/nn/fast/tensorflow/step-program.ts
function stepProgram(builder, options) {
  const { slots, statistics, fixed, anyBatch } = options;
  const begin = builder.nodes.length;
  const variables = [...slots.map(({ weight }) => weight), ...statistics, ...fixed];
  const folded = foldedState(
    builder,
    options.state,
    options.copies,
    variables.map(({ value: value2 }) => value2)
  );
  const all = { first: 0, count: anyBatch.length };
  const parts = statistics.length > 0 ? [all] : microBatches(anyBatch.length, options.layers);
  const traces = new Map(
    parts.map(({ count }) => [count, tracedPart({ ...options, state: folded.state }, count)])
  );
  const { inputs: shapes, dropouts } = traces.get(parts[0].count);
  const whole = shapes.map(([, ...rest]) => [anyBatch.length, ...rest]);
  const inputs = whole.map((shape) => builder.placeholder(shape));
  const results = parts.map(({ first, count }) => {
    const rows = inputs.map((input, index) => builder.rows(input, whole[index], first, count));
    return builder.include(traces.get(count).traced, [...folded.values, ...rows]);
  });
  const [value, ...sums2] = results[0].map(
    (_, index) => builder.sum(results.map((outputs) => outputs[index]))
  );
  const gradients = folded.unfold(sums2);
  folded.dispose();
  const [rate, epsilon3] = [builder.placeholder([]), builder.placeholder([])];
  const scale = { rate, epsilon: epsilon3, decay: options.weightDecay };
  const updates = [
    ...slots.map((slot, index) => adam(builder, slot, gradients[index], scale, begin)),
    ...statistics.map(
      (statistic, index) => move(builder, statistic, gradients[slots.length + index], begin)
    )
  ];
  const loss = builder.add("Identity", [value], { T: float32 }, updates);
  const [samples, truth, ...masks] = inputs;
  return {
    ...{ samples, truth, rate, epsilon: epsilon3, loss },
    masks: masks.map((output, index) => {
      const { layer, rate: share } = dropouts[index];
      return { output, dropout: { layer, rate: share, shape: whole[index + 2] } };
    })
  };
}
function tracedPart({ layers, batches, state, anyBatch, lossAndGradients: lossAndGradients2 }, count) {
  const part = anyBatch.subarray(0, count);
  const inputs = [];
  const dropouts = [];
  const traced = trace((given2) => {
    const input = (tensor5) => {
      inputs.push(tensor5.shape);
      return given2(tensor5);
    };
    for (const tensors of [state.parameters, state.statistics, state.fixed]) {
      for (const tensor5 of tensors.values()) given2(tensor5);
    }
    const [samples, truth] = [input(batches.tensor(part)), input(batches.truth(part))];
    const mask = (dropout2) => {
      dropouts.push(dropout2);
      return input(tf10.zeros([...dropout2.shape]));
    };
    const { value, grads } = lossAndGradients2(layers, state, { samples, truth, mask });
    return [value, ...grads];
  });
  return { traced, inputs, dropouts };
}
function adam(builder, { weight, first, second, multiplier }, gradient, { rate, epsilon: epsilon3, decay }, begin) {
  const T = { T: float32 };
  const decayed = () => {
    const product = builder.add("Mul", [weight.value, builder.scalar(decay)], T);
    return builder.add("AddV2", [gradient, product], T);
  };
  const powers = [builder.scalar(0), builder.scalar(0)];
  const betas = [builder.scalar(beta1), builder.scalar(beta2)];
  const handles = [weight.handle, first.handle, second.handle];
  const last = decay === 0 ? gradient : decayed();
  const own = multiplier === 1 ? rate : builder.add("Mul", [rate, builder.scalar(multiplier)], T);
  const inputs = [...handles, ...powers, own, ...betas, epsilon3, last];
  return builder.add("ResourceApplyAdam", inputs, T, builder.readersOf(weight.value, begin));
}
function move(builder, { handle, value }, gradient, begin) {
  const by = builder.add("Mul", [gradient, builder.scalar(momentum)], { T: float32 });
  const attributes = { dtype: float32 };
  return builder.add(
    "AssignSubVariableOp",
    [handle, by],
    attributes,
    builder.readersOf(value, begin)
  );
}

// src/nn/fast/tensorflow/step-graph.ts
function stepGraph(options, state, lossAndGradients2) {
  const { layers, batches, batchSizes, weightDecay, copies, multipliers, adam: adam3 } = options;
  const extents = (parameters) => Array.from(parameters, ([name, { shape }]) => [name, shape]);
  const key = JSON.stringify([
    ...[
      layers,
      batches.shape,
      batches.classes,
      batchSizes,
      weightDecay,
      [...copies],
      [...multipliers]
    ],
    ...[extents(state.parameters), extents(state.statistics), extents(state.fixed)],
    adam3 !== void 0
  ]);
  return recent2.get(key, () => makeStepGraph(options, state, lossAndGradients2));
}
var recent2 = new Recent({ limit: 64 });
function makeStepGraph(options, state, lossAndGradients2) {
  const builder = new GraphBuilder();
  const variables = (tensors) => Array.from(tensors, ({ rank }) => variable(builder, rank));
  const slots = [...state.parameters].map(([name, { rank }]) => ({
    weight: variable(builder, rank),
    first: variable(builder, rank),
    second: variable(builder, rank),
    multiplier: options.multipliers.get(name) ?? 1
  }));
  const statistics = variables(state.statistics.values());
  const fixed = variables(state.fixed.values());
  const largest = Math.max(...options.batchSizes);
  const sizeFor = (count) => statistics.length > 0 ? count : largest;
  const programs = new Map(
    [...new Set(options.batchSizes.map(sizeFor))].map((size) => {
      const anyBatch = new Uint32Array(size);
      const variables2 = { slots, statistics, fixed };
      const program = { ...options, anyBatch, state, lossAndGradients: lossAndGradients2, ...variables2 };
      return [size, stepProgram(builder, program)];
    })
  );
  const start = startOf(builder, slots, [...statistics, ...fixed], options.adam !== void 0);
  return { nodes: builder.nodes, slots, statistics, sizeFor, programs, start };
}
function startOf(builder, slots, others, saved) {
  const weights = given(builder, [...slots.map(({ weight }) => weight), ...others]);
  const moments = [...slots.map(({ first }) => first), ...slots.map(({ second }) => second)];
  const all = [...weights, ...saved ? given(builder, moments) : []];
  const zeros6 = saved ? [] : moments.map((moment, index) => {
    const [, weight] = weights[index % slots.length];
    return [moment, builder.add("ZerosLike", [weight], { T: float32 })];
  });
  return {
    given: all.map(([, output]) => output),
    done: assigned(builder, [...all, ...zeros6])
  };
}

// src/nn/fast/tensorflow/graph-steps.ts
var graphSteps = (options, { lossAndGradients: lossAndGradients2, fillDropoutMask: fillDropoutMask2 }) => {
  const { batches, seed, adam: adam3 } = options;
  const state = {
    parameters: loadParameters(options.trained),
    statistics: loadParameters(options.statistics),
    fixed: loadParameters(options.fixed)
  };
  const weights = [...state.parameters.values()];
  const { nodes, slots, statistics, sizeFor, programs, start } = stepGraph(
    options,
    state,
    lossAndGradients2
  );
  const moments = ["firstMoments", "secondMoments"].flatMap(
    (kind) => adam3 ? momentsOf(weights, adam3[kind]) : []
  );
  const others = [...state.statistics.values(), ...state.fixed.values()];
  const values = [...weights, ...others, ...moments];
  const session = openSession(nodes, [...weights, ...weights, ...weights, ...others]);
  const initial = new Map(start.given.map((name, index) => [name, values[index]]));
  tf11.dispose([...session.run(initial, [start.done]), ...values]);
  let step2 = adam3?.step ?? 0;
  const read2 = (held) => held.length === 0 ? [] : session.run(
    /* @__PURE__ */ new Map(),
    held.map(({ value }) => value)
  );
  const weightsIn = async (names, held) => {
    const tensors = read2(held);
    const named = new Map([...names].map((name, index) => [name, tensors[index]]));
    const copies = await readParameters(named);
    disposeParameters(named);
    return copies;
  };
  const arraysIn = async (held) => {
    const tensors = read2(held);
    const copies = await arraysOf(tensors);
    tf11.dispose([...tensors]);
    return copies;
  };
  const places = new Map([...programs].map(([size, one]) => [size, placesOf(one, size, batches)]));
  return {
    advance: (indices, number, learningRate) => {
      const { samples, truth, masks, scalars, loss } = places.get(sizeFor(indices.length));
      batches.fill(indices, samples.values);
      batches.fillTruth(indices, truth.values);
      for (const { dropout: dropout2, values: values2 } of masks)
        fillDropoutMask2(dropout2, { seed, step: number }, values2);
      const { rate, epsilon: epsilon3 } = scalarsOf(++step2, learningRate);
      scalars.rate.values[0] = rate;
      scalars.epsilon.values[0] = epsilon3;
      const given2 = [samples, truth, ...masks, scalars.rate, scalars.epsilon];
      return session.compute(given2, loss)[0];
    },
    weights: () => weightsIn(
      options.trained.keys(),
      slots.map(({ weight }) => weight)
    ),
    statistics: () => weightsIn(options.statistics.keys(), statistics),
    adam: async () => ({
      step: step2,
      firstMoments: await arraysIn(slots.map(({ first }) => first)),
      secondMoments: await arraysIn(slots.map(({ second }) => second))
    }),
    dispose: () => session.close()
  };
};
function placesOf({ samples, truth, masks, rate, epsilon: epsilon3, loss }, size, { shape, classes }) {
  const place = (output, extents) => ({
    output,
    shape: extents,
    values: new Float32Array(sizeOf(extents))
  });
  return {
    samples: place(samples, [size, ...shape]),
    truth: place(truth, [size, classes]),
    masks: masks.map(({ output, dropout: dropout2 }) => ({ dropout: dropout2, ...place(output, dropout2.shape) })),
    scalars: { rate: place(rate, []), epsilon: place(epsilon3, []) },
    loss
  };
}

// src/nn/fast/tensorflow/kernels.ts
import * as tf12 from "@tensorflow/tfjs-core";
function withBias(x, bias) {
  return native("BiasAdd", { T: "float32", data_format: "NHWC" }, [x, bias]);
}
function reluGradient(dy, y) {
  return native("ReluGrad", { T: "float32" }, [dy, y]);
}
function columnSums(rows) {
  return native("BiasAddGrad", { T: "float32", data_format: "NHWC" }, [rows]);
}
function convolve(x, filter, bias, { stride, pad: pad2, relu: relu4 }) {
  const product = tf12.conv2d(x, filter, [...stride], pad2);
  const sum3 = bias ? withBias(product, bias) : product;
  return relu4 ? tf12.relu(sum3) : sum3;
}
function native(operation, attributes, inputs) {
  const backend6 = nativeBackend();
  const { TF_ATTR_TYPE, TF_ATTR_STRING, TF_FLOAT } = backend6.binding;
  const given2 = Object.entries(attributes).map(
    ([name, value]) => value === "float32" ? { name, type: TF_ATTR_TYPE, value: TF_FLOAT } : { name, type: TF_ATTR_STRING, value }
  );
  return backend6.executeMultipleOutputs(operation, given2, inputs, 1)[0];
}

// src/nn/fast/wasm/adam.ts
import * as tf15 from "@tensorflow/tfjs-core";

// src/nn/fast/wasm/memory.ts
import * as tf13 from "@tensorflow/tfjs-core";
function unfilled(shape) {
  return tf13.backend().makeOutput(shape, "float32");
}
function asTensor(info) {
  return tf13.engine().makeTensorFromTensorInfo(info);
}
function onHeap(...tensors) {
  const backend6 = tf13.backend();
  return tensors.map((tensor5) => backend6.typedArrayFromHeap(tensor5));
}
function filled(shape, inputs, fill2) {
  const output = unfilled(shape);
  const [out, ...given2] = onHeap(output, ...inputs);
  fill2(out, ...given2);
  return asTensor(output);
}

// src/nn/fast/wasm/simd.ts
import * as tf14 from "@tensorflow/tfjs-core";

// src/nn/fast/wasm/simd-module.ts
var simdModules = {
  single: "AGFzbQEAAAABLARgDX9/f39/f319fX19fX0AYAR/f39/AGAGf39/f39/AGAIf39/f39/f38AAhMBB2JhY2tlbmQGbWVtb3J5AgABAwcGAAEBAgIDBzwFBGFkYW0AAAxyZWx1R3JhZGllbnQAAQdzdW1Sb3dzAAIMcG9vbEdyYWRpZW50AAMJdHJhbnNwb3NlAAQK9wgGuwECAX8EewJAA0AgDSAATw0BIAIgDWr9AAQAIQ4gAyANav0ABAAgCP0TIA795gH95AEhDyAJ/RMgBCANav0ABAD95gEgCv0TIA/95gH95AEhECAL/RMgBSANav0ABAD95gEgDP0TIA8gD/3mAf3mAf3kASERIAQgDWogEP0LBAAgBSANaiAR/QsEACABIA1qIA4gBv0TIBD95gEgEf3jASAH/RP95AH95wH95QH9CwQAIA1BEGohDQwACwsLSwEBfwJAA0AgBCAATw0BIAEgBGogAiAEav0ABAAgAyAEav0ABAD9DAAAAAAAAAAAAAAAAAAAAAD9RP1O/QsEACAEQRBqIQQMAAsLC3ACA38BewJAA0AgBCAATw0B/QwAAAAAAAAAAAAAAAAAAAAAIQdBACEFIAIgBGohBgJAA0AgBSADTw0BIAcgBv0ABAD95AEhByAGIABqIQYgBUEBaiEFDAALCyABIARqIAf9CwQAIARBEGohBAwACwsLhgICA38IewJAA0AgBiADTw0BQQAhBwJAA0AgByAETw0BIAZBAXQgBGwgB2ohCCACIAhq/QAEACEJIAIgCCAEamr9AAQAIQogAiAIIAVqav0ABAAhCyACIAggBSAEampq/QAEACEMIAH9AAQAIQ0gCiAJ/UQhDiAMIAv9RCEPIAwgCyAP/VIgCiAJIA79Uv1EIRAgACAIaiANIBD9TyAO/U/9CwQAIAAgCCAEamogDSAQ/U8gDv1O/QsEACAAIAggBWpqIA0gEP1OIA/9T/0LBAAgACAIIAUgBGpqaiANIBD9TiAP/U79CwQAIAFBEGohASAHQRBqIQcMAAsLIAZBAWohBgwACwsLmwMCBn8GeyACQXxxIQggA0F8cSEJAkADQCAGIAhPDQFBACEHIAEgBiAEbGohCiAAIAZBAnRqIQsCQANAIAcgCU8NASAK/QAEACEMIAogBGr9AAQAIQ0gCiAEQQF0av0ABAAhDiAKIARBA2xq/QAEACEPIAwgDf0NAAECAxAREhMEBQYHFBUWFyEQIA4gD/0NAAECAxAREhMEBQYHFBUWFyERIAsgECAR/Q0AAQIDBAUGBxAREhMUFRYX/QsEACALIAVqIBAgEf0NCAkKCwwNDg8YGRobHB0eH/0LBAAgDCAN/Q0ICQoLGBkaGwwNDg8cHR4fIRAgDiAP/Q0ICQoLGBkaGwwNDg8cHR4fIREgCyAFQQF0aiAQIBH9DQABAgMEBQYHEBESExQVFhf9CwQAIAsgBUEDbGogECAR/Q0ICQoLDA0ODxgZGhscHR4f/QsEACAKQRBqIQogCyAFQQJ0aiELIAdBBGohBwwACwsgBkEEaiEGDAALCyAAIAEgBCAFQQAgCCAJIAMQBSAAIAEgBCAFIAggAkEAIAMQBQtWAQF/AkADQCAEIAVPDQEgBiEIAkADQCAIIAdPDQEgACAIIANsIARBAnRqaiABIAQgAmwgCEECdGpqKgIAOAIAIAhBAWohCAwACwsgBEEBaiEEDAALCws=",
  shared: "AGFzbQEAAAABLARgDX9/f39/f319fX19fX0AYAR/f39/AGAGf39/f39/AGAIf39/f39/f38AAhYBB2JhY2tlbmQGbWVtb3J5AgMBgIAEAwcGAAEBAgIDBzwFBGFkYW0AAAxyZWx1R3JhZGllbnQAAQdzdW1Sb3dzAAIMcG9vbEdyYWRpZW50AAMJdHJhbnNwb3NlAAQK9wgGuwECAX8EewJAA0AgDSAATw0BIAIgDWr9AAQAIQ4gAyANav0ABAAgCP0TIA795gH95AEhDyAJ/RMgBCANav0ABAD95gEgCv0TIA/95gH95AEhECAL/RMgBSANav0ABAD95gEgDP0TIA8gD/3mAf3mAf3kASERIAQgDWogEP0LBAAgBSANaiAR/QsEACABIA1qIA4gBv0TIBD95gEgEf3jASAH/RP95AH95wH95QH9CwQAIA1BEGohDQwACwsLSwEBfwJAA0AgBCAATw0BIAEgBGogAiAEav0ABAAgAyAEav0ABAD9DAAAAAAAAAAAAAAAAAAAAAD9RP1O/QsEACAEQRBqIQQMAAsLC3ACA38BewJAA0AgBCAATw0B/QwAAAAAAAAAAAAAAAAAAAAAIQdBACEFIAIgBGohBgJAA0AgBSADTw0BIAcgBv0ABAD95AEhByAGIABqIQYgBUEBaiEFDAALCyABIARqIAf9CwQAIARBEGohBAwACwsLhgICA38IewJAA0AgBiADTw0BQQAhBwJAA0AgByAETw0BIAZBAXQgBGwgB2ohCCACIAhq/QAEACEJIAIgCCAEamr9AAQAIQogAiAIIAVqav0ABAAhCyACIAggBSAEampq/QAEACEMIAH9AAQAIQ0gCiAJ/UQhDiAMIAv9RCEPIAwgCyAP/VIgCiAJIA79Uv1EIRAgACAIaiANIBD9TyAO/U/9CwQAIAAgCCAEamogDSAQ/U8gDv1O/QsEACAAIAggBWpqIA0gEP1OIA/9T/0LBAAgACAIIAUgBGpqaiANIBD9TiAP/U79CwQAIAFBEGohASAHQRBqIQcMAAsLIAZBAWohBgwACwsLmwMCBn8GeyACQXxxIQggA0F8cSEJAkADQCAGIAhPDQFBACEHIAEgBiAEbGohCiAAIAZBAnRqIQsCQANAIAcgCU8NASAK/QAEACEMIAogBGr9AAQAIQ0gCiAEQQF0av0ABAAhDiAKIARBA2xq/QAEACEPIAwgDf0NAAECAxAREhMEBQYHFBUWFyEQIA4gD/0NAAECAxAREhMEBQYHFBUWFyERIAsgECAR/Q0AAQIDBAUGBxAREhMUFRYX/QsEACALIAVqIBAgEf0NCAkKCwwNDg8YGRobHB0eH/0LBAAgDCAN/Q0ICQoLGBkaGwwNDg8cHR4fIRAgDiAP/Q0ICQoLGBkaGwwNDg8cHR4fIREgCyAFQQF0aiAQIBH9DQABAgMEBQYHEBESExQVFhf9CwQAIAsgBUEDbGogECAR/Q0ICQoLDA0ODxgZGhscHR4f/QsEACAKQRBqIQogCyAFQQJ0aiELIAdBBGohBwwACwsgBkEEaiEGDAALCyAAIAEgBCAFQQAgCCAJIAMQBSAAIAEgBCAFIAggAkEAIAMQBQtWAQF/AkADQCAEIAVPDQEgBiEIAkADQCAIIAdPDQEgACAIIANsIARBAnRqaiABIAQgAmwgCEECdGpqKgIAOAIAIAhBAWohCAwACwsgBEEBaiEEDAALCws="
};

// src/nn/fast/wasm/simd.ts
var made2 = /* @__PURE__ */ new WeakMap();
function simd() {
  const { wasm } = tf14.backend();
  const memory = wasm.wasmMemory ?? wasm.asm?.memory;
  if (!memory) return void 0;
  let loops = made2.get(memory);
  if (!loops) {
    const isShared = memory.buffer instanceof SharedArrayBuffer;
    const bytes = Buffer.from(simdModules[isShared ? "shared" : "single"], "base64");
    const module = new WebAssembly.Module(bytes);
    loops = new WebAssembly.Instance(module, { backend: { memory } }).exports;
    made2.set(memory, loops);
  }
  return loops;
}
function addressOf({ dataId }) {
  return tf14.backend().getMemoryOffset(dataId);
}
function wholeSteps(count) {
  return 16 * Math.floor(count / 4);
}

// src/nn/fast/wasm/adam.ts
function wasmAdam(values, { weightDecay, multipliers, saved }) {
  let step2 = saved?.step ?? 0;
  let weights = [...values];
  const first = momentsOf(values, saved?.firstMoments);
  const second = momentsOf(values, saved?.secondMoments);
  return {
    values: () => weights,
    update: (gradients, learningRate) => {
      step2++;
      weights = weights.map((weight, index) => {
        const scalars = { ...scalarsOf(step2, learningRate * multipliers[index]), weightDecay };
        const gradient = gradients[index];
        const next = updated(weight, gradient, first[index], second[index], scalars);
        tf15.dispose([weight, gradient]);
        return next;
      });
    },
    state: async () => ({
      step: step2,
      firstMoments: await arraysOf(first),
      secondMoments: await arraysOf(second)
    }),
    dispose: () => tf15.dispose([...weights, ...first, ...second])
  };
}
function updated(weight, gradient, first, second, { rate, epsilon: epsilon3, weightDecay }) {
  const output = unfilled(weight.shape);
  const tensors = [output, weight, gradient, first, second];
  const loops = simd();
  const length = loops ? wholeSteps(weight.size) : 0;
  const [addFirst, addSecond] = [1 - beta1, 1 - beta2];
  if (length > 0) {
    const [next2, p3, g2, m3, v2] = tensors.map(addressOf);
    const scalars = [rate, epsilon3, weightDecay, beta1, addFirst, beta2, addSecond];
    loops.adam(length, next2, p3, g2, m3, v2, ...scalars);
  }
  const [next, p2, g, m2, v] = onHeap(...tensors);
  for (let i = length / 4; i < p2.length; i++) {
    const value = p2[i];
    const slope = g[i] + weightDecay * value;
    const mean = beta1 * m2[i] + addFirst * slope;
    const square = beta2 * v[i] + addSecond * slope * slope;
    m2[i] = mean;
    v[i] = square;
    next[i] = value - rate * mean / (Math.sqrt(square) + epsilon3);
  }
  return asTensor(output);
}

// src/nn/fast/wasm/convolution.ts
import * as tf16 from "@tensorflow/tfjs-core";

// src/nn/kernels/window.ts
function around(vertical, horizontal) {
  return [
    [0, 0],
    [vertical, vertical],
    [horizontal, horizontal],
    [0, 0]
  ];
}

// src/nn/fast/wasm/convolution.ts
function wasmGradientOfInput(inputShape, dy, filter, { stride, pad: pad2 }) {
  const [height, width] = filter.shape;
  const turned = turnedFilter(filter);
  const [rows, columns] = pad2 === "same" ? [(height - 1) / 2, (width - 1) / 2] : [height - 1, width - 1];
  const gradient = tf16.conv2d(spread(dy, stride), turned, 1, around(rows, columns));
  if (stride[0] === 1 && stride[1] === 1) return gradient;
  return tf16.slice(gradient, [0, 0, 0, 0], inputShape);
}
function turnedFilter(filter) {
  const [height, width, channels, filters] = filter.shape;
  const taps = height * width;
  const size = channels * filters;
  return filled([height, width, filters, channels], [filter], (out, values) => {
    for (let tap = 0; tap < taps; tap++) {
      const [from, to] = [tap * size, (taps - 1 - tap) * size];
      for (let i = 0; i < channels; i++) {
        for (let j = 0; j < filters; j++) {
          out[to + j * channels + i] = values[from + i * filters + j];
        }
      }
    }
  });
}
function spread(map, [vertical, horizontal]) {
  const [batch, height, width, channels] = map.shape;
  const wide2 = padRows(tf16.reshape(map, [batch * height * width, 1, channels]), horizontal);
  const tall = padRows(
    tf16.reshape(wide2, [batch * height, 1, width * horizontal * channels]),
    vertical
  );
  return tf16.reshape(tall, [batch, height * vertical, width * horizontal, channels]);
}
function padRows(rows, count) {
  if (count === 1) return rows;
  return tf16.concat([rows, tf16.zeros([rows.shape[0], count - 1, rows.shape[2]])], 1);
}

// src/nn/fast/wasm/kernels.ts
function reluGradient2(dy, y) {
  const loops = dy.size % 4 === 0 ? simd() : void 0;
  if (!loops) return void 0;
  const output = unfilled(dy.shape);
  loops.reluGradient(4 * dy.size, addressOf(output), addressOf(dy), addressOf(y));
  return asTensor(output);
}
function columnSums2(rows) {
  const columns = rows.shape[1];
  const loops = columns % 4 === 0 ? simd() : void 0;
  if (loops) return blockwiseSums(rows, loops);
  return filled([columns], [rows], (out, values) => {
    const sums2 = new Float64Array(columns);
    for (let at = 0; at < values.length; at += columns) {
      for (let j = 0; j < columns; j++) sums2[j] += values[at + j];
    }
    out.set(sums2);
  });
}
function blockwiseSums(rows, loops) {
  const [count, columns] = rows.shape;
  const sums2 = new Float64Array(columns);
  const output = unfilled([columns]);
  const [out] = onHeap(output);
  const [to, from, length] = [addressOf(output), addressOf(rows), 4 * columns];
  for (let row = 0; row < count; row += BLOCK) {
    loops.sumRows(length, to, from + row * length, Math.min(BLOCK, count - row));
    for (let j = 0; j < columns; j++) sums2[j] += out[j];
  }
  out.set(sums2);
  return asTensor(output);
}
var BLOCK = 64;
function maxPoolGradient(dy, input, size, stride) {
  const [batch, rows, columns, channels] = dy.shape;
  const [, height, width] = input.shape;
  const loops = size === 2 && stride === 2 && channels % 4 === 0 ? simd() : void 0;
  if (loops) {
    const output = unfilled(input.shape);
    if (height % 2 === 1 || width % 2 === 1) onHeap(output)[0].fill(0);
    const [out, error, value] = [addressOf(output), addressOf(dy), addressOf(input)];
    const [line, strip] = [4 * width * channels, 4 * columns * channels];
    for (let image = 0; image < batch; image++) {
      for (let row = 0; row < rows; row++) {
        const at = (image * height + 2 * row) * line;
        const from = error + (image * rows + row) * strip;
        loops.poolGradient(out + at, from, value + at, columns, 4 * channels, line);
      }
    }
    return asTensor(output);
  }
  return filled(input.shape, [dy, input], (out, error, value) => {
    out.fill(0);
    let from = 0;
    for (let image = 0; image < batch; image++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const corner = ((image * height + row * stride) * width + column * stride) * channels;
          for (let channel = 0; channel < channels; channel++) {
            let best = corner + channel;
            for (let i = 0; i < size; i++) {
              let at = corner + channel + i * width * channels;
              for (let j = 0; j < size; j++, at += channels)
                if (value[at] > value[best]) best = at;
            }
            out[best] += error[from++];
          }
        }
      }
    }
  });
}

// src/nn/fast/wasm/products.ts
import * as tf17 from "@tensorflow/tfjs-core";

// src/nn/fast/wasm/transpose.ts
function wasmTransposed(x) {
  const loops = simd();
  if (!loops) return void 0;
  const [rows, columns] = x.shape;
  const output = unfilled([columns, rows]);
  loops.transpose(addressOf(output), addressOf(x), rows, columns, 4 * columns, 4 * rows);
  return asTensor(output);
}
function wasmChannelsAsBatch(x) {
  const [batch, height, width, channels] = x.shape;
  const loops = channels >= 4 ? simd() : void 0;
  if (!loops) return void 0;
  const places = height * width;
  const output = unfilled([channels, height, width, batch]);
  const [to, from] = [addressOf(output), addressOf(x)];
  const [line, outLine] = [4 * places * channels, 4 * places * batch];
  for (let place = 0; place < places; place++) {
    const [out, begin] = [to + 4 * place * batch, from + 4 * place * channels];
    loops.transpose(out, begin, batch, channels, line, outLine);
  }
  return asTensor(output);
}

// src/nn/fast/wasm/products.ts
function timesTransposed(a, b) {
  return transposed(tf17.matMul(b, transposed(a)));
}
function transposedTimes(a, b) {
  return tf17.matMul(transposed(a), b);
}
function transposed(x) {
  return wasmTransposed(x) ?? tf17.transpose(x);
}

// src/nn/fast/wasm/clones.ts
import * as tf18 from "@tensorflow/tfjs-core";
function shareClones() {
  tf18.unregisterKernel("Identity", "wasm");
  tf18.registerKernel({
    kernelName: "Identity",
    backendName: "wasm",
    kernelFunc: ({ inputs, backend: backend6 }) => {
      const { dataId, shape, dtype } = inputs.x;
      backend6.incRef(dataId);
      return { dataId, shape, dtype };
    }
  });
}

// src/nn/fast/wasm/threads.ts
import { createRequire } from "node:module";
import os from "node:os";
import workerThreads from "node:worker_threads";
import * as tf19 from "@tensorflow/tfjs-core";
var mostThreads = 8;
async function withThreads(folder2, start) {
  const original = {
    worker: workerThreads.Worker,
    processors: os.cpus,
    global: Reflect.get(globalThis, "Worker")
  };
  const processors = original.processors();
  tf19.env().set("WASM_HAS_MULTITHREAD_SUPPORT", true);
  workerThreads.Worker = threadWorker(folder2);
  os.cpus = () => [...processors, ...processors];
  try {
    return await start();
  } finally {
    workerThreads.Worker = original.worker;
    os.cpus = original.processors;
    Reflect.set(globalThis, "Worker", original.global);
  }
}
function threadWorker(folder2) {
  const library = `${folder2}tfjs-backend-wasm-threaded-simd.js`;
  const source = workerSource(`${folder2}tfjs-backend-wasm-threaded-simd.worker.js`);
  return class extends workerThreads.Worker {
    constructor() {
      super(source, { eval: true });
      this.unref();
    }
    /** The threaded build calls it for threads that run, and they run until the process ends. */
    ref() {
    }
    postMessage(message2, transfer) {
      const load3 = message2.cmd === "load";
      const told = load3 ? { ...message2, urlOrBlob: library } : message2;
      super.postMessage(told, transfer);
    }
  };
}
function workerSource(module) {
  const { wasmWorkerContents } = createRequire(import.meta.url)(module);
  return wasmWorkerContents.replace(/\n/g, "\\n");
}

// src/nn/fast/wasm/start.ts
async function startWasm({
  folder: folder2,
  threads: threads2,
  setThreadsCount,
  start
}) {
  if (threads2 > 1) {
    setThreadsCount(Math.min(threads2, mostThreads));
    await withThreads(folder2, start);
  } else {
    await start();
  }
  shareClones();
}

// src/nn/fast-forms.ts
var fastStarts = { wasm: startWasm };
var fastTransposed = {
  wasm: wasmTransposed
};
var fastChannelsAsBatch = {
  wasm: wasmChannelsAsBatch
};
var fastTimesTransposed = { wasm: timesTransposed };
var fastTransposedTimes = { wasm: transposedTimes };
var fastWithBias = {
  tensorflow: withBias
};
var fastReluGradient = {
  wasm: reluGradient2,
  tensorflow: reluGradient
};
var fastColumnSums = {
  wasm: columnSums2,
  tensorflow: columnSums
};
var fastMaxPoolGradient = { wasm: maxPoolGradient };
var fastConvolve = { tensorflow: convolve };
var fastGradientOfInput = { wasm: wasmGradientOfInput };
var fastMask = drawMask;
var fastOptimizers = { wasm: wasmAdam };
var fastSteps = { tensorflow: graphSteps };
var fastInference = { tensorflow: graphInference };

// src/nn/backends/locate.ts
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire as createRequire2 } from "node:module";
import { arch, platform } from "node:os";
import { dirname, join as join3 } from "node:path";

// src/nn/backends/names.ts
function packageOf(name) {
  return packages[name];
}
var packages = {
  "tensorflow-gpu": "@tensorflow/tfjs-node-gpu",
  webgpu: "@tensorflow/tfjs-backend-webgpu",
  tensorflow: "@tensorflow/tfjs-node",
  wasm: "@tensorflow/tfjs-backend-wasm",
  cpu: "@tensorflow/tfjs-backend-cpu"
};

// src/nn/backends/locate.ts
function locateBackend(name, folder2) {
  if (folder2 !== void 0) {
    const directory2 = directoryOf(join3(folder2, name), name);
    if (bindingOf(name, directory2)) return { directory: directory2, version: versionIn(directory2), made: true };
  }
  const directory = installedDirectory(packageOf(name));
  if (directory === void 0) return void 0;
  return { directory, version: versionIn(directory), made: false };
}
function directoryOf(folder2, name) {
  return join3(folder2, "node_modules", packageOf(name));
}
function bindingOf(name, directory) {
  if (name === "webgpu") {
    const machine = platform() === "darwin" ? "darwin-universal" : `${platform()}-${arch()}`;
    const file = join3(dawnBeside(directory), "dist", machine, "dawn.node");
    return existsSync(file) ? file : void 0;
  }
  const lib = join3(directory, "lib");
  if (!existsSync(lib)) return void 0;
  return readdirSync(lib).filter((folder2) => folder2.startsWith("napi-v")).map((folder2) => join3(lib, folder2, "tfjs_binding.node")).find((file) => existsSync(file));
}
function dawnBeside(directory) {
  return join3(directory, "..", "..", "webgpu");
}
function installedDirectory(packageName) {
  try {
    return dirname(createRequire2(import.meta.url).resolve(`${packageName}/package.json`));
  } catch (problem) {
    if (NOT_INSTALLED.has(codeOf(problem) ?? "")) return void 0;
    throw problem;
  }
}
var NOT_INSTALLED = /* @__PURE__ */ new Set(["MODULE_NOT_FOUND", "ERR_PACKAGE_PATH_NOT_EXPORTED"]);
function versionIn(directory) {
  const manifest = JSON.parse(readFileSync(join3(directory, "package.json"), "utf8"));
  return manifest.version;
}

// src/nn/backends/webgpu.ts
import { createRequire as createRequire3 } from "node:module";
import { join as join4 } from "node:path";
import { pathToFileURL } from "node:url";
async function loadWebGpu(directory) {
  const require3 = createRequire3(import.meta.url);
  const dawn = dawnBeside(directory);
  const { create, globals } = await import(pathToFileURL(join4(dawn, "index.js")).href);
  Object.assign(globalThis, globals);
  const gpu = create([]);
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) {
    throw new ExpectedError(
      "no GPU with a driver for Vulkan, Metal or Direct3D 12",
      '"pipeline doctor" shows which backends start here'
    );
  }
  const { description, device, vendor } = adapter.info;
  const name = description || device || vendor;
  require3(directory);
  const { version } = require3(join4(dawn, "package.json"));
  return { dawn: version, adapter: name, software: isSoftware(name) };
}
function isSoftware(adapter) {
  return /swiftshader|llvmpipe|lavapipe|basic render/i.test(adapter);
}

// src/nn/backends/start.ts
var started;
async function startBackend(name, { threads: threads2 = 1 } = {}) {
  if (started?.name === name) return started;
  tf20.enableProdMode();
  const before = startedBefore.get(name);
  if (before) await use(registeredAs(name));
  started = before ?? await starters[name](threads2);
  startedBefore.set(name, started);
  return started;
}
var startedBefore = /* @__PURE__ */ new Map();
function registeredAs(name) {
  return name === "tensorflow-gpu" ? "tensorflow" : name;
}
var starters = {
  "tensorflow-gpu": () => startTensorflow("tensorflow-gpu"),
  webgpu: async () => {
    const located = locateBackend("webgpu", installLocation());
    if (!located) throw notInstalled("webgpu");
    const gpu = await loadWebGpu(located.directory);
    await use("webgpu");
    const version = `${located.version} on ${gpu.adapter}, Dawn ${gpu.dawn}`;
    return { name: "webgpu", version, device: gpu.software ? "cpu" : "gpu" };
  },
  tensorflow: () => startTensorflow("tensorflow"),
  wasm: async (threads2) => {
    const wasm = exportsOf(await import("@tensorflow/tfjs-backend-wasm"));
    const manifest = require2.resolve(`${packageOf("wasm")}/package.json`);
    const folder2 = `${join5(dirname2(manifest), "wasm-out")}/`;
    wasm.setWasmPaths(folder2);
    const start = () => use("wasm");
    const { setThreadsCount } = wasm;
    await (fastStarts.wasm?.({ folder: folder2, threads: threads2, setThreadsCount, start }) ?? start());
    return { name: "wasm", version: wasm.version_wasm, device: "cpu" };
  },
  cpu: async () => {
    const { version_cpu: version } = exportsOf(await import("@tensorflow/tfjs-backend-cpu"));
    await use("cpu");
    return { name: "cpu", version, device: "cpu" };
  }
};
var require2 = createRequire4(import.meta.url);
var DOCTOR = '"pipeline doctor" shows which backends start here, and how to get the others';
function notInstalled(name) {
  return new ExpectedError(`the package ${packageOf(name)} is not installed`, DOCTOR);
}
function exportsOf(module) {
  return module.default ?? module;
}
async function startTensorflow(name) {
  const located = locateBackend(name, installLocation());
  if (!located) throw notInstalled(name);
  try {
    require2(located.directory);
  } catch (problem) {
    const code = codeOf(problem);
    if (code !== "ERR_DLOPEN_FAILED" && code !== "MODULE_NOT_FOUND") throw problem;
    const [line] = problem.message.split("\n");
    throw new ExpectedError(`the backend ${name} can't be loaded: ${line}`, DOCTOR);
  }
  await use("tensorflow");
  const { isUsingGpuDevice, binding } = tf20.backend();
  const device = isUsingGpuDevice ? "gpu" : "cpu";
  const version = `${binding.TF_Version} on ${device}, binding ${located.version}`;
  return { name, version, device };
}
async function use(backend6) {
  if (!await tf20.setBackend(backend6))
    throw new ExpectedError(`the backend ${backend6} does not start`, DOCTOR);
  await tf20.ready();
}

// node_modules/pure-rand/lib/esm/distribution/uniformFloat64.js
var scale26 = 14901161193847656e-24;
var scale53 = 11102230246251565e-32;
var mask1 = 67108863;
var mask2 = 134217727;
function uniformFloat64(rng) {
  const value1 = rng.next() & mask1;
  const value2 = rng.next() & mask2;
  return value1 * scale26 + value2 * scale53;
}

// node_modules/pure-rand/lib/esm/distribution/uniformInt.js
function uniformIntInternal(rng, rangeSize) {
  const MaxAllowed = rangeSize > 2 ? ~~(4294967296 / rangeSize) * rangeSize : 4294967296;
  let deltaV = rng.next() + 2147483648;
  while (deltaV >= MaxAllowed) deltaV = rng.next() + 2147483648;
  return deltaV % rangeSize;
}
function fromNumberToArrayInt64(out, n) {
  if (n < 0) {
    const posN = -n;
    out.sign = -1;
    out.data[0] = ~~(posN / 4294967296);
    out.data[1] = posN >>> 0;
  } else {
    out.sign = 1;
    out.data[0] = ~~(n / 4294967296);
    out.data[1] = n >>> 0;
  }
  return out;
}
function substractArrayInt64(out, arrayIntA, arrayIntB) {
  const lowA = arrayIntA.data[1];
  const highA = arrayIntA.data[0];
  const signA = arrayIntA.sign;
  const lowB = arrayIntB.data[1];
  const highB = arrayIntB.data[0];
  const signB = arrayIntB.sign;
  out.sign = 1;
  if (signA === 1 && signB === -1) {
    const low2 = lowA + lowB;
    const high = highA + highB + (low2 > 4294967295 ? 1 : 0);
    out.data[0] = high >>> 0;
    out.data[1] = low2 >>> 0;
    return out;
  }
  let lowFirst = lowA;
  let highFirst = highA;
  let lowSecond = lowB;
  let highSecond = highB;
  if (signA === -1) {
    lowFirst = lowB;
    highFirst = highB;
    lowSecond = lowA;
    highSecond = highA;
  }
  let reminderLow = 0;
  let low = lowFirst - lowSecond;
  if (low < 0) {
    reminderLow = 1;
    low = low >>> 0;
  }
  out.data[0] = highFirst - highSecond - reminderLow;
  out.data[1] = low;
  return out;
}
function uniformArrayIntInternal(rng, out, rangeSize) {
  const maxIndex0 = rangeSize[0] + 1;
  out[0] = uniformIntInternal(rng, maxIndex0);
  out[1] = uniformIntInternal(rng, 4294967296);
  while (out[0] >= rangeSize[0] && (out[0] !== rangeSize[0] || out[1] >= rangeSize[1])) {
    out[0] = uniformIntInternal(rng, maxIndex0);
    out[1] = uniformIntInternal(rng, 4294967296);
  }
  return out;
}
var safeNumberMaxSafeInteger = Number.MAX_SAFE_INTEGER;
var sharedA = {
  sign: 1,
  data: [0, 0]
};
var sharedB = {
  sign: 1,
  data: [0, 0]
};
var sharedC = {
  sign: 1,
  data: [0, 0]
};
var sharedData = [0, 0];
function uniformLargeIntInternal(rng, from, to, rangeSize) {
  const rangeSizeArrayIntValue = rangeSize <= safeNumberMaxSafeInteger ? fromNumberToArrayInt64(sharedC, rangeSize) : substractArrayInt64(sharedC, fromNumberToArrayInt64(sharedA, to), fromNumberToArrayInt64(sharedB, from));
  if (rangeSizeArrayIntValue.data[1] === 4294967295) {
    rangeSizeArrayIntValue.data[0] += 1;
    rangeSizeArrayIntValue.data[1] = 0;
  } else rangeSizeArrayIntValue.data[1] += 1;
  uniformArrayIntInternal(rng, sharedData, rangeSizeArrayIntValue.data);
  return sharedData[0] * 4294967296 + sharedData[1] + from;
}
function uniformInt(rng, from, to) {
  const rangeSize = to - from;
  if (rangeSize <= 4294967295) return uniformIntInternal(rng, rangeSize + 1) + from;
  return uniformLargeIntInternal(rng, from, to, rangeSize);
}

// node_modules/pure-rand/lib/esm/generator/xoroshiro128plus.js
var jumps = [
  3639956645,
  3750757012,
  1261568508,
  386426335
];
var XoroShiro128Plus = class XoroShiro128Plus2 {
  constructor(s01, s00, s11, s10) {
    this.s01 = s01;
    this.s00 = s00;
    this.s11 = s11;
    this.s10 = s10;
  }
  clone() {
    return new XoroShiro128Plus2(this.s01, this.s00, this.s11, this.s10);
  }
  next() {
    const out = this.s00 + this.s10 | 0;
    const a0 = this.s10 ^ this.s00;
    const a1 = this.s11 ^ this.s01;
    const s00 = this.s00;
    const s01 = this.s01;
    this.s00 = s00 << 24 ^ s01 >>> 8 ^ a0 ^ a0 << 16;
    this.s01 = s01 << 24 ^ s00 >>> 8 ^ a1 ^ (a1 << 16 | a0 >>> 16);
    this.s10 = a1 << 5 ^ a0 >>> 27;
    this.s11 = a0 << 5 ^ a1 >>> 27;
    return out;
  }
  jump() {
    let ns01 = 0;
    let ns00 = 0;
    let ns11 = 0;
    let ns10 = 0;
    let s01 = this.s01;
    let s00 = this.s00;
    let s11 = this.s11;
    let s10 = this.s10;
    for (let i = 0; i !== 4; ++i) {
      const ji = jumps[i];
      for (let mask = 1; mask; mask <<= 1) {
        if (ji & mask) {
          ns01 ^= s01;
          ns00 ^= s00;
          ns11 ^= s11;
          ns10 ^= s10;
        }
        const a0 = s10 ^ s00;
        const a1 = s11 ^ s01;
        const s00_ = s00;
        const s01_ = s01;
        s00 = s00_ << 24 ^ s01_ >>> 8 ^ a0 ^ a0 << 16;
        s01 = s01_ << 24 ^ s00_ >>> 8 ^ a1 ^ (a1 << 16 | a0 >>> 16);
        s10 = a1 << 5 ^ a0 >>> 27;
        s11 = a0 << 5 ^ a1 >>> 27;
      }
    }
    this.s01 = ns01;
    this.s00 = ns00;
    this.s11 = ns11;
    this.s10 = ns10;
  }
  getState() {
    return [
      this.s01,
      this.s00,
      this.s11,
      this.s10
    ];
  }
};
function xoroshiro128plusFromState(state) {
  if (!(state.length === 4)) throw new Error("The state must have been produced by a xoroshiro128plus RandomGenerator");
  return new XoroShiro128Plus(state[0], state[1], state[2], state[3]);
}

// src/linalg/natural-log.ts
function naturalLog(x) {
  let m2 = x;
  let e = 0;
  while (m2 < Math.SQRT1_2) {
    m2 *= 2;
    e++;
  }
  const f = m2 - 1;
  const s = f / (2 + f);
  const z = s * s;
  const series = z * (L1 + z * (L2 + z * (L3 + z * (L4 + z * (L5 + z * (L6 + z * L7))))));
  const half = 0.5 * f * f;
  return f - (half - s * (half + series) + e * LN2_LOW) - e * LN2_HIGH;
}
var L1 = 0.6666666666666735;
var L2 = 0.3999999999940942;
var L3 = 0.2857142874366239;
var L4 = 0.22222198432149784;
var L5 = 0.1818357216161805;
var L6 = 0.15313837699209373;
var L7 = 0.14798198605116586;
var LN2_HIGH = 0.6931471803691238;
var LN2_LOW = 19082149292705877e-26;

// src/linalg/random.ts
function randomStream(seed, ...names) {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is a safe integer, not ${seed}`);
  const generator = xoroshiro128plusFromState(hash128(JSON.stringify([seed, ...names])));
  const uniform = () => uniformFloat64(generator);
  const integer = (n) => {
    if (!(Number.isSafeInteger(n) && n > 0)) throw new RangeError(`no integer below ${n}`);
    return uniformInt(generator, 0, n - 1);
  };
  return {
    uniform,
    normal: normals(uniform),
    integer,
    permutation: (n) => shuffled(n, integer)
  };
}
function hash128(text) {
  const lanes = [2166136261, 2654435769, 2246822507, 3266489909];
  const multipliers = [16777619, 668265263, 374761393, 739982445];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    for (let lane = 0; lane < 4; lane++) {
      const mixed = Math.imul(lanes[lane] ^ unit, multipliers[lane]);
      lanes[lane] = mixed ^ mixed >>> 15;
    }
  }
  let sum3 = text.length;
  const state = lanes.map((lane) => {
    sum3 = sum3 + lane | 0;
    return mix32(sum3);
  });
  return state.every((word) => word === 0) ? [1, 0, 0, 0] : state;
}
function mix32(word) {
  let h2 = word ^ word >>> 16;
  h2 = Math.imul(h2, 2246822507);
  h2 ^= h2 >>> 13;
  h2 = Math.imul(h2, 3266489909);
  return h2 ^ h2 >>> 16;
}
function normals(uniform) {
  let spare = 0;
  let hasSpare = false;
  return () => {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    let x;
    let y;
    let s;
    do {
      x = 2 * uniform() - 1;
      y = 2 * uniform() - 1;
      s = x * x + y * y;
    } while (s >= 1 || s === 0);
    const scale = Math.sqrt(-2 * naturalLog(s) / s);
    spare = y * scale;
    hasSpare = true;
    return x * scale;
  };
}
function shuffled(n, integer) {
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    const j = integer(i + 1);
    order[i] = order[j];
    order[j] = i;
  }
  return order;
}

// src/nn/model/initialize.ts
function initializeModel(description, seed) {
  const layers = [...description.features, ...description.classifier].filter(isWeighted);
  const weights = new Map(layers.flatMap((layer) => initialWeights(layer, seed)));
  return { description, weights, history: { seed } };
}
function initialWeights(layer, seed) {
  const random = randomStream(seed, "initial weights", layer.name);
  return parametersOf(layer).map(({ name, shape }) => {
    const data = new Float32Array(sizeOf(shape));
    if (layer.kind === "convolution") {
      const [height, width] = layer.kernel;
      const deviation = Math.sqrt(2 / (layer.out * height * width));
      if (shape.length > 1) fill(data, () => random.normal() * deviation);
    } else if (layer.kind === "batch-norm") {
      if (/\.(weight|running_var)$/.test(name)) data.fill(1);
    } else {
      const bound = 1 / Math.sqrt(shape[1] ?? layer.in);
      fill(data, () => (2 * random.uniform() - 1) * bound);
    }
    return [name, { shape, data }];
  });
}
function fill(data, draw) {
  for (let i = 0; i < data.length; i++) data[i] = draw();
}

// src/nn/model/vgg.ts
var blocks = {
  vgg11: [
    [1, 64],
    [1, 128],
    [2, 256],
    [2, 512],
    [2, 512]
  ],
  vgg13: [
    [2, 64],
    [2, 128],
    [2, 256],
    [2, 512],
    [2, 512]
  ],
  vgg16: [
    [2, 64],
    [2, 128],
    [3, 256],
    [3, 512],
    [3, 512]
  ],
  vgg19: [
    [2, 64],
    [2, 128],
    [4, 256],
    [4, 512],
    [4, 512]
  ]
};
function vgg(options) {
  const features = [];
  let shape = options.input;
  for (const [convolutions, base] of blocks[options.architecture]) {
    for (let i = 0; i < convolutions; i++) {
      const out = Math.max(1, Math.round(base * options.width));
      features.push(...convolution(features.length, shape[2], out, options.batchNorm));
      shape = [shape[0], shape[1], out];
    }
    features.push({ kind: "max-pool", size: 2, stride: 2 });
    shape = [Math.floor(shape[0] / 2), Math.floor(shape[1] / 2), shape[2]];
  }
  const { input, classes } = options;
  return { input, classes, features, classifier: head(shape, options) };
}
function convolution(index, channels, out, batchNorm) {
  return [
    {
      kind: "convolution",
      name: `features.${index}`,
      in: channels,
      out,
      kernel: [3, 3],
      stride: [1, 1],
      padding: [1, 1],
      bias: true
    },
    ...batchNorm ? [{ kind: "batch-norm", name: `features.${index + 1}`, channels: out }] : [],
    { kind: "relu" }
  ];
}
function head([height, width, channels], { classes, hidden, pool, head: head2 }) {
  const pooled = head2 === "seed";
  const inputs = channels * (pooled ? pool * pool : height * width);
  return [
    ...pooled ? [{ kind: "adaptive-average-pool", size: pool }] : [],
    { kind: "flatten" },
    { kind: "dense", name: "classifier.0", in: inputs, out: hidden, bias: true },
    { kind: "relu" },
    { kind: "dropout", rate: 0.5 },
    { kind: "dense", name: "classifier.3", in: hidden, out: hidden, bias: true },
    { kind: "relu" },
    { kind: "dropout", rate: 0.5 },
    { kind: "dense", name: "classifier.6", in: hidden, out: classes, bias: true }
  ];
}

// src/nn/scoring.ts
import { setImmediate } from "node:timers/promises";
import * as tf30 from "@tensorflow/tfjs-core";

// src/nn/inference.ts
import * as tf29 from "@tensorflow/tfjs-core";

// src/nn/kernels/batch-norm.ts
import * as tf23 from "@tensorflow/tfjs-core";

// src/nn/kernels/dense.ts
import * as tf22 from "@tensorflow/tfjs-core";

// src/nn/kernels/products.ts
import * as tf21 from "@tensorflow/tfjs-core";
function timesTransposed2(a, b) {
  return fastTimesTransposed[tf21.getBackend()]?.(a, b) ?? tf21.matMul(a, b, false, true);
}
function transposedTimes2(a, b) {
  return fastTransposedTimes[tf21.getBackend()]?.(a, b) ?? tf21.matMul(a, b, true, false);
}

// src/nn/kernels/dense.ts
function dense(x, weight, bias, { relu: relu4, inputGradient, weightGradient = true }) {
  const inputs = inputGradient ? [x] : [];
  const trained = [weight, ...bias ? [bias] : []];
  return block({
    differentiate: [...inputs, ...weightGradient ? trained : []],
    forward: () => {
      const product = timesTransposed2(x, weight);
      const sum3 = bias ? withBias2(product, bias) : product;
      return relu4 ? tf22.relu(sum3) : sum3;
    },
    keep: (y) => [x, weight, y],
    backward: (dy, [input, w, y]) => {
      const error = relu4 ? reluGradient3(dy, y) : dy;
      const ofInput = inputGradient ? [tf22.matMul(error, w)] : [];
      if (!weightGradient) return ofInput;
      return [...ofInput, transposedTimes2(error, input), ...bias ? [columnSums3(error)] : []];
    }
  });
}
function withBias2(x, bias) {
  return fastWithBias[tf22.getBackend()]?.(x, bias) ?? tf22.add(x, bias);
}
function relu3(x) {
  return block({
    differentiate: [x],
    forward: () => tf22.relu(x),
    keep: (y) => [y],
    backward: (dy, [y]) => [reluGradient3(dy, y)]
  });
}
function reluGradient3(dy, y) {
  return fastReluGradient[tf22.getBackend()]?.(dy, y) ?? tf22.mul(dy, tf22.step(y));
}
function columnSums3(rows) {
  const sums2 = () => tf22.reshape(tf22.matMul(tf22.ones([1, rows.shape[0]]), rows), [-1]);
  return fastColumnSums[tf22.getBackend()]?.(rows) ?? sums2();
}

// src/nn/kernels/batch-norm.ts
var epsilon2 = 1e-5;
function fixedBatchNorm(x, { weight, bias, runningMean, runningVariance }, { inputGradient }) {
  return block({
    differentiate: inputGradient ? [x] : [],
    forward: () => {
      const scale = tf23.mul(weight, inverseDeviation(runningVariance));
      return scaled(x, scale, tf23.sub(bias, tf23.mul(runningMean, scale)));
    },
    keep: () => [weight, runningVariance],
    backward: (dy, [factor, variance]) => [tf23.mul(dy, tf23.mul(factor, inverseDeviation(variance)))]
  });
}
function trainedBatchNorm(x, norm, { inputGradient }) {
  const { weight, bias, runningMean, runningVariance } = norm;
  const count = x.size / weight.size;
  let batch;
  return block({
    differentiate: [...inputGradient ? [x] : [], weight, bias, runningMean, runningVariance],
    forward: () => {
      const mean = tf23.div(channelSums(x), count);
      const centred = tf23.sub(x, mean);
      const variance = tf23.div(channelSums(tf23.mul(centred, centred)), count);
      batch = { mean, variance };
      return scaled(centred, tf23.mul(weight, inverseDeviation(variance)), bias);
    },
    keep: () => [x, weight, batch.mean, batch.variance, runningMean, runningVariance],
    backward: (dy, [input, factor, mean, variance, keptMean, keptVariance]) => {
      const inverse = inverseDeviation(variance);
      const centred = tf23.sub(input, mean);
      const ofBias = channelSums(dy);
      const ofWeight = tf23.mul(channelSums(tf23.mul(dy, centred)), inverse);
      const unbiased = tf23.mul(variance, count / Math.max(1, count - 1));
      const ofStatistics = [tf23.sub(keptMean, mean), tf23.sub(keptVariance, unbiased)];
      if (!inputGradient) return [ofWeight, ofBias, ...ofStatistics];
      const scale = tf23.mul(factor, inverse);
      const slope = tf23.mul(tf23.mul(scale, inverse), tf23.div(ofWeight, -count));
      const shift = tf23.mul(scale, tf23.div(ofBias, -count));
      const ofInput = tf23.add(tf23.mul(dy, scale), scaled(centred, slope, shift));
      return [ofInput, ofWeight, ofBias, ...ofStatistics];
    }
  });
}
function scaled(x, scale, shift) {
  return tf23.add(tf23.mul(x, scale), shift);
}
function inverseDeviation(variance) {
  return tf23.rsqrt(tf23.add(variance, epsilon2));
}
function channelSums(x) {
  const [batch, channels] = [x.shape[0], x.shape.at(-1)];
  const sums2 = columnSums3(tf23.reshape(x, [batch, -1]));
  return x.rank === 2 ? sums2 : columnSums3(tf23.reshape(sums2, [-1, channels]));
}

// src/nn/kernels/convolution.ts
import * as tf25 from "@tensorflow/tfjs-core";

// src/nn/kernels/transpose.ts
import * as tf24 from "@tensorflow/tfjs-core";
function transposed2(x) {
  return fastTransposed[tf24.getBackend()]?.(x) ?? tf24.transpose(x);
}
function channelsAsBatch(x) {
  return fastChannelsAsBatch[tf24.getBackend()]?.(x) ?? tf24.transpose(x, [3, 1, 2, 0]);
}

// src/nn/kernels/convolution.ts
function convolution2(x, filter, bias, options) {
  const { stride, relu: relu4, inputGradient, weightGradient = true } = options;
  const pad2 = padOf(filter.shape, options);
  const window = { stride, pad: pad2 ?? "valid" };
  const bordered = (map) => pad2 ? map : withBorder(map, options.padding);
  const trained = [filter, ...bias ? [bias] : []];
  return block({
    differentiate: [...inputGradient ? [x] : [], ...weightGradient ? trained : []],
    forward: () => {
      const map = bordered(x);
      const fast = fastConvolve[tf25.getBackend()];
      if (fast) return fast(map, filter, bias, { ...window, relu: relu4 });
      const strides = [...stride];
      const activation = relu4 ? "relu" : "linear";
      const options2 = { strides, pad: window.pad, activation, ...bias && { bias } };
      return tf25.fused.conv2d({ x: map, filter, ...options2 });
    },
    keep: (y) => [x, filter, y],
    backward: (dy, [input, weight, y]) => {
      const error = relu4 ? reluGradient3(dy, y) : dy;
      const map = bordered(input);
      const ofWeight = () => [
        gradientOfFilter(map, error, weight.shape, window),
        ...bias ? [columnSums3(tf25.reshape(error, [-1, weight.shape[3]]))] : []
      ];
      const ofInput = () => {
        const gradient = gradientOfInput(map.shape, error, weight, window);
        return pad2 ? gradient : withoutBorder(gradient, options.padding);
      };
      return [...inputGradient ? [ofInput()] : [], ...weightGradient ? ofWeight() : []];
    }
  });
}
function padOf([height, width], { stride, padding }) {
  const [vertical, horizontal] = padding;
  if (vertical === 0 && horizontal === 0) return "valid";
  const half = 2 * vertical === height - 1 && 2 * horizontal === width - 1;
  return half && stride[0] === 1 && stride[1] === 1 ? "same" : void 0;
}
function withBorder(map, [vertical, horizontal]) {
  return tf25.pad(map, [
    [0, 0],
    [vertical, vertical],
    [horizontal, horizontal],
    [0, 0]
  ]);
}
function withoutBorder(map, [vertical, horizontal]) {
  const [batch, height, width, channels] = map.shape;
  const inside = [batch, height - 2 * vertical, width - 2 * horizontal, channels];
  return tf25.slice(map, [0, vertical, horizontal, 0], inside);
}
function gradientOfFilter(x, dy, filterShape, { stride, pad: pad2 }) {
  if (tf25.getKernel(tf25.Conv2DBackpropFilter, tf25.getBackend())) {
    const attributes = { ...attributesOf2({ stride, pad: pad2 }), filterShape };
    return runKernel(tf25.Conv2DBackpropFilter, { x, dy }, attributes);
  }
  const [height, width, channels, filters] = filterShape;
  const images = channelsAsBatch(x);
  const [batch, rows, columns] = dy.shape;
  const errors = tf25.reshape(
    tf25.transpose(tf25.reshape(dy, [batch, rows * columns, filters]), [1, 0, 2]),
    [rows, columns, batch, filters]
  );
  const sides = pad2 === "same" ? [(height - 1) / 2, (width - 1) / 2] : [0, 0];
  const correlated = tf25.conv2d(
    images,
    errors,
    1,
    around(sides[0], sides[1]),
    "NHWC",
    [...stride]
  );
  const offsets = tf25.slice(correlated, [0, 0, 0, 0], [channels, height, width, filters]);
  return tf25.transpose(offsets, [1, 2, 0, 3]);
}
function gradientOfInput(inputShape, dy, filter, window) {
  const fast = fastGradientOfInput[tf25.getBackend()];
  if (fast) return fast(inputShape, dy, filter, window);
  const attributes = { ...attributesOf2(window), inputShape };
  return runKernel(tf25.Conv2DBackpropInput, { dy, filter }, attributes);
}
function attributesOf2({ stride, pad: pad2 }) {
  return { strides: [...stride], pad: pad2, dataFormat: "NHWC", dimRoundingMode: void 0 };
}
function runKernel(kernel, inputs, attributes) {
  return tf25.engine().runKernel(kernel, { ...inputs }, attributes);
}

// src/nn/kernels/dropout.ts
import * as tf26 from "@tensorflow/tfjs-core";
function dropout(x, mask) {
  return block({
    differentiate: [x],
    forward: () => tf26.mul(x, mask),
    keep: () => [mask],
    backward: (dy, [kept]) => [tf26.mul(dy, kept)]
  });
}

// src/nn/kernels/interpolation.ts
import * as tf27 from "@tensorflow/tfjs-core";
function interpolation(x, weight, columns, { inputGradient, weightGradient = true }) {
  const [batch, inputs] = x.shape;
  const chosen = columns.length;
  if (chosen === inputs) return x;
  const { order, inverse } = orders(columns, inputs);
  const others = (all) => tf27.slice(all, [0, chosen], [batch, inputs - chosen]);
  return block({
    differentiate: [...inputGradient ? [x] : [], ...weightGradient ? [weight] : []],
    forward: () => {
      const all = tf27.gather(x, tf27.tensor1d(order, "int32"), 1);
      const handedOn = tf27.slice(all, [0, 0], [batch, chosen]);
      return tf27.add(handedOn, timesTransposed2(others(all), weight));
    },
    keep: () => [x, weight],
    backward: (dz, [input, w]) => {
      const ofInput = () => {
        const all = tf27.concat2d([dz, tf27.matMul(dz, w)], 1);
        return tf27.gather(all, tf27.tensor1d(inverse, "int32"), 1);
      };
      const ofWeight = () => {
        const all = tf27.gather(input, tf27.tensor1d(order, "int32"), 1);
        return transposedTimes2(dz, others(all));
      };
      return [...inputGradient ? [ofInput()] : [], ...weightGradient ? [ofWeight()] : []];
    }
  });
}
function orders(columns, inputs) {
  const order = new Int32Array(inputs);
  const inverse = new Int32Array(inputs);
  let chosen = 0;
  for (let input = 0; input < inputs; input++) {
    const place = columns[chosen] === input ? chosen++ : columns.length + input - chosen;
    order[place] = input;
    inverse[input] = place;
  }
  return { order, inverse };
}

// src/nn/kernels/pooling.ts
import * as tf28 from "@tensorflow/tfjs-core";
function maxPool2(x, filterSize, strides) {
  return block({
    differentiate: [x],
    forward: () => tf28.maxPool(x, filterSize, strides, "valid"),
    keep: (y) => [x, y],
    backward: (dy, [input, output]) => {
      const fast = fastMaxPoolGradient[tf28.getBackend()];
      if (fast) return [fast(dy, input, filterSize, strides)];
      const attributes = { filterSize, strides, pad: "valid" };
      return [
        tf28.engine().runKernel(tf28.MaxPoolGrad, { dy, input, output }, attributes)
      ];
    }
  });
}
function poolAndFlatten(x, size) {
  const [batch, height, width, channels] = x.shape;
  const weights = cellWeights(height, width, size);
  const cells = size * size;
  const positions = height * width;
  return block({
    differentiate: [x],
    forward: () => {
      const maps = tf28.reshape(channelsFirst(x), [-1, positions]);
      const averages = tf28.matMul(maps, tf28.tensor2d(weights.byPosition, [positions, cells]));
      return tf28.reshape(averages, [-1, channels * cells]);
    },
    keep: () => [],
    backward: (dy) => {
      const errors = tf28.reshape(dy, [batch * channels, cells]);
      const maps = tf28.matMul(errors, tf28.tensor2d(weights.byCell, [cells, positions]));
      return [channelsLast(maps, [batch, channels, height, width])];
    }
  });
}
function flatten(x) {
  const [batch, height, width, channels] = x.shape;
  return block({
    differentiate: [x],
    forward: () => tf28.reshape(channelsFirst(x), [-1, channels * height * width]),
    keep: () => [],
    backward: (dy) => [channelsLast(dy, [batch, channels, height, width])]
  });
}
function channelsFirst(x) {
  return x.shape[1] * x.shape[2] === 1 ? x : tf28.transpose(x, [0, 3, 1, 2]);
}
function channelsLast(x, shape) {
  return tf28.transpose(tf28.reshape(x, shape), [0, 2, 3, 1]);
}
function cellWeights(height, width, size) {
  const cells = size * size;
  const positions = height * width;
  const byPosition = new Float32Array(positions * cells);
  const byCell = new Float32Array(positions * cells);
  for (let cell = 0; cell < cells; cell++) {
    const rows = cellSpan2(Math.floor(cell / size), size, height);
    const columns = cellSpan2(cell % size, size, width);
    const weight = 1 / ((rows.end - rows.start) * (columns.end - columns.start));
    for (let row = rows.start; row < rows.end; row++) {
      for (let column = columns.start; column < columns.end; column++) {
        const position = row * width + column;
        byPosition[position * cells + cell] = weight;
        byCell[cell * positions + position] = weight;
      }
    }
  }
  return { byPosition, byCell };
}
function cellSpan2(index, size, extent) {
  const start = Math.floor(index * extent / size);
  return { start, end: Math.ceil((index + 1) * extent / size) };
}

// src/nn/forward.ts
function forward(layers, parameters, input, options = {}) {
  let position = { layers, index: 0, value: input, differentiated: false };
  while (position.index < layers.length) position = advance(position, parameters, options);
  return position.value;
}
function advance(at, parameters, options) {
  const { training, fold = false } = options;
  const layer = at.layers[at.index];
  const step2 = (value, consumed = 1) => ({
    ...at,
    index: at.index + consumed,
    value
  });
  switch (layer.kind) {
    case "convolution":
    case "dense":
    case "batch-norm":
    case "interpolation": {
      const trained = training?.trained.has(`${layer.name}.weight`) ?? false;
      const followed = at.layers[at.index + 1]?.kind === "relu";
      const relu4 = followed && (layer.kind === "convolution" || layer.kind === "dense");
      const value = weighted(layer, at, parameters, { relu: relu4, trained });
      const differentiated = at.differentiated || trained;
      return { ...step2(value, relu4 ? 2 : 1), differentiated };
    }
    case "relu":
      return step2(relu3(at.value));
    case "max-pool":
      if (training && at.layers[at.index - 1]?.kind !== "relu") {
        throw new ExpectedError(
          `layer ${at.index} of its part of the network is a max-pool that does not follow a relu, and can't be trained`,
          "put a relu before it, or train the classifier alone"
        );
      }
      return step2(maxPool2(at.value, layer.size, layer.stride));
    case "adaptive-average-pool": {
      const map = at.value;
      const copied = map.shape[1] * map.shape[2] === 1;
      if (fold && copied && at.layers[at.index + 2]?.kind === "dense") {
        return step2(flatten(map), 2);
      }
      return step2(poolAndFlatten(map, layer.size), 2);
    }
    case "flatten":
      return step2(flatten(at.value));
    case "dropout": {
      if (!training || layer.rate === 0) return step2(at.value);
      const { rate } = layer;
      const mask = training.mask({ layer: at.index, rate, shape: at.value.shape });
      return step2(dropout(at.value, mask));
    }
  }
}
function weighted(layer, { value, differentiated }, parameters, { relu: relu4, trained }) {
  const parameter = (suffix) => {
    const tensor5 = parameters.get(`${layer.name}.${suffix}`);
    if (tensor5 === void 0) throw new Error(`no parameter ${layer.name}.${suffix}`);
    return tensor5;
  };
  const gradients = { inputGradient: differentiated, weightGradient: trained };
  const rows = value;
  switch (layer.kind) {
    case "convolution": {
      const { stride, padding } = layer;
      const filter = parameter("weight");
      const bias = layer.bias ? parameter("bias") : void 0;
      const options = { stride, padding, relu: relu4, ...gradients };
      return convolution2(value, filter, bias, options);
    }
    case "dense": {
      const weight = parameter("weight");
      const copies = weight.shape[1] / rows.shape[1];
      const folded = copies === 1 ? weight : foldCopies(weight, copies);
      const bias = layer.bias ? parameter("bias") : void 0;
      return dense(rows, folded, bias, { relu: relu4, ...gradients });
    }
    case "batch-norm": {
      const norm = {
        weight: parameter("weight"),
        bias: parameter("bias"),
        runningMean: parameter("running_mean"),
        runningVariance: parameter("running_var")
      };
      return (trained ? trainedBatchNorm : fixedBatchNorm)(value, norm, gradients);
    }
    case "interpolation":
      return interpolation(rows, parameter("weight"), layer.columns, gradients);
  }
}

// src/nn/inference.ts
function beginInference(options) {
  return fastInference[tf29.getBackend()]?.(options, foldedForward) ?? batchByBatch(options);
}
function batchByBatch({ layers, weights, samples, shape }) {
  const parameters = loadParameters(narrowed(weights, copiedInputs(layers, shape)));
  const batches = batchesOf(samples, shape);
  return {
    run: async (indices) => {
      const result = tf29.tidy(() => foldedForward(layers, parameters, batches.tensor(indices)));
      const values = await result.data();
      result.dispose();
      return values;
    },
    dispose: () => disposeParameters(parameters)
  };
}
var foldedForward = (layers, parameters, batch) => forward(layers, parameters, batch, { fold: true });

// src/nn/model/weights.ts
function partWeights(model, part) {
  return new Map(
    parameterShapes(model.description[part]).map((parameter) => [
      parameter.name,
      fitting(model.weights, parameter)
    ])
  );
}
function fitting(weights, { name, shape }) {
  const weight = weights.get(name);
  if (weight === void 0) throw new Error(`the weights lack ${name}`);
  if (weight.shape.join() !== shape.join() || weight.data.length !== sizeOf(shape)) {
    throw new Error(`${name} is [${weight.shape.join(", ")}], not [${shape.join(", ")}]`);
  }
  return weight;
}

// src/datasets/subset.ts
function subset(samples, indices) {
  const chosen = Uint32Array.from(indices);
  const beyond = chosen.find((index, i) => index >= samples.count || index !== indices[i]);
  if (beyond !== void 0) {
    throw new RangeError(`a subset of ${samples.count} samples names one that is not among them`);
  }
  return {
    count: chosen.length,
    shape: samples.shape,
    classes: samples.classes,
    labels: Uint8Array.from(chosen, (index) => samples.labels[index]),
    fill(positions, out) {
      const sources = new Uint32Array(positions.length);
      for (let i = 0; i < positions.length; i += 1) {
        const index = chosen[positions[i]];
        if (index === void 0)
          throw new RangeError(`no sample ${positions[i]} of ${chosen.length}`);
        sources[i] = index;
      }
      samples.fill(sources, out);
    }
  };
}

// src/nn/model/finite.ts
var OverflowError = class extends Error {
  overflow;
  constructor(overflow) {
    super(`${overflow.layer} gives ${overflow.value}`);
    this.name = "OverflowError";
    this.overflow = overflow;
  }
};
function notFiniteIn(weights) {
  for (const [name, { shape, data }] of weights) {
    const first = firstNotFinite(data);
    if (first < 0) continue;
    const count = data.reduce((sum3, value) => sum3 + +!Number.isFinite(value), 0);
    return { name, place: placeIn(shape, first), value: data[first], count };
  }
  return void 0;
}
function firstNotFinite(data) {
  for (let i = 0; i < data.length; i++) {
    if (data[i] - data[i] !== 0) return i;
  }
  return -1;
}
function placeIn(shape, index) {
  let rest = index;
  return shape.toReversed().map((extent) => {
    const at = rest % extent;
    rest = Math.floor(rest / extent);
    return at;
  }).reverse();
}

// src/nn/overflow.ts
var OverflowCount = class {
  #samples = 0;
  #first = -1;
  /** `outputs`: row by row, of the `count` samples from number `from` on. */
  add(outputs, from, count) {
    if (firstNotFinite(outputs) < 0) return;
    const size = outputs.length / count;
    for (let i = 0; i < count; i++) {
      if (firstNotFinite(outputs.subarray(i * size, (i + 1) * size)) < 0) continue;
      if (this.#samples++ === 0) this.#first = from + i;
    }
  }
  /** Throws an OverflowError where there was one. */
  async check(network) {
    if (this.#samples === 0) return;
    const [first, of] = [this.#first, network.samples.count];
    const began = await beginning(network, first);
    throw new OverflowError({ samples: this.#samples, of, first, ...began });
  }
};
async function beginning({ layers, weights, samples, shape }, image) {
  const one = subset(samples, Uint32Array.of(image));
  for (let count = 1; count <= layers.length; count++) {
    const some = { layers: layers.slice(0, count), weights, samples: one, shape, batchSize: 1 };
    const inference = beginInference(some);
    const outputs = await inference.run(Uint32Array.of(0));
    inference.dispose();
    const entry = firstNotFinite(outputs);
    if (entry >= 0) return { layer: titleAt(layers, count - 1), entry, value: outputs[entry] };
  }
  return { layer: titleAt(layers, layers.length - 1), entry: 0, value: Number.NaN };
}
function titleAt(layers, place) {
  const layer = layers[place];
  if ("name" in layer) return layer.name;
  const before = layers.slice(0, place).findLast((one) => "name" in one);
  return before === void 0 ? `the first ${layer.kind}` : `the ${layer.kind} after ${before.name}`;
}

// src/nn/scoring.ts
async function score(model, samples, options) {
  const { batchSize } = options;
  const { count } = samples;
  const { layers, shape, weights } = scoped(model, options.scope);
  const network = { layers, weights, samples, shape };
  const inference = beginInference({ ...network, batchSize });
  const overflow = new OverflowCount();
  const predictions = new Uint8Array(count);
  let correct = 0;
  let loss = 0;
  let done = 0;
  try {
    for (const indices of inOrder(count, batchSize)) {
      const logits = await inference.run(indices);
      overflow.add(logits, done, indices.length);
      const end = done + indices.length;
      const predicted = predictions.subarray(done, end);
      const batch = compare(logits, samples.labels.subarray(done, end), predicted);
      correct += batch.correct;
      loss += batch.loss;
      done = end;
      options.onProgress?.(done, count);
      await setImmediate();
      options.signal?.throwIfAborted();
    }
  } finally {
    inference.dispose();
  }
  await overflow.check(network);
  return { accuracy: correct / count, loss: loss / count, predictions, count };
}
function scoped(model, scope) {
  const { description } = model;
  const classifier = partWeights(model, "classifier");
  if (scope === "classifier") {
    const shape = inferShapes(description).boundary;
    return { layers: description.classifier, shape, weights: classifier };
  }
  const layers = [...description.features, ...description.classifier];
  const weights = new Map([...partWeights(model, "features"), ...classifier]);
  return { layers, shape: description.input, weights };
}
function compare(logits, labels, predictions) {
  const classes = logits.length / labels.length;
  let correct = 0;
  let loss = 0;
  for (let row = 0; row < labels.length; row++) {
    const from = row * classes;
    const best = argMax(logits, from, classes);
    const label = labels[row];
    predictions[row] = best;
    if (best === label) correct++;
    loss += crossEntropy(logits, from, classes, label);
  }
  return { correct, loss };
}
function argMax(logits, from, classes) {
  let best = 0;
  for (let i = 1; i < classes; i++) if (logits[from + i] > logits[from + best]) best = i;
  return best;
}
function crossEntropy(logits, from, classes, label) {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < classes; i++) largest = Math.max(largest, logits[from + i]);
  let sum3 = 0;
  for (let i = 0; i < classes; i++) sum3 += Math.exp(logits[from + i] - largest);
  return largest + Math.log(sum3) - logits[from + label];
}

// src/nn/training/train.ts
import { setImmediate as setImmediate2 } from "node:timers/promises";

// src/nn/training/run.ts
import * as tf38 from "@tensorflow/tfjs-core";

// src/nn/training/dropout-masks.ts
import * as tf31 from "@tensorflow/tfjs-core";
function dropoutMask(layer, place) {
  const mask = new Float32Array(layer.shape.reduce((product, extent) => product * extent, 1));
  fillDropoutMask(layer, place, mask);
  return tf31.tensor(mask, [...layer.shape]);
}
function fillDropoutMask({ layer, rate }, { seed, step: step2 }, mask) {
  const random = randomStream(seed, "dropout", `layer ${layer}`, `step ${step2}`);
  (fastMask ?? drawMask2)(mask, rate, random.integer(2 ** 32));
}
function drawMask2(out, rate, key) {
  const threshold = Math.round(rate * 2 ** 31);
  const kept = 1 / (1 - rate);
  for (let i = 0; i < out.length; i++) {
    let h2 = key + Math.imul(i + 1, 2654435769) | 0;
    h2 = Math.imul(h2 ^ h2 >>> 16, 2246822507);
    h2 = Math.imul(h2 ^ h2 >>> 13, 3266489909);
    out[i] = (h2 ^ h2 >>> 16) >>> 1 >= threshold ? kept : 0;
  }
}

// src/nn/training/gradients.ts
import * as tf33 from "@tensorflow/tfjs-core";

// src/nn/training/loss.ts
import * as tf32 from "@tensorflow/tfjs-core";
function crossEntropy2(logits, truth) {
  return block({
    differentiate: [logits],
    forward: () => tf32.neg(tf32.sum(tf32.mul(tf32.logSoftmax(logits), truth))),
    keep: () => [logits, truth],
    backward: (dy, [scores, target]) => {
      const error = tf32.sub(tf32.mul(tf32.softmax(scores), tf32.sum(target, 1, true)), target);
      return [tf32.mul(error, dy)];
    }
  });
}

// src/nn/training/gradients.ts
var lossAndGradients = (layers, { parameters, statistics, fixed }, { samples, truth, mask }) => {
  const differentiated = new Map([...parameters, ...statistics]);
  const names = [...differentiated.keys()];
  const training = { mask, trained: new Set(names) };
  const lossOf = (...tensors) => {
    const current = new Map([
      ...fixed,
      ...names.map((name, index) => [name, tensors[index]])
    ]);
    const logits = forward(layers, current, samples, { training, fold: true });
    return crossEntropy2(logits, truth);
  };
  return tf33.valueAndGrads(lossOf)([...differentiated.values()]);
};

// src/nn/training/running-loss.ts
import * as tf34 from "@tensorflow/tfjs-core";
var RunningLoss = class {
  #sum;
  #latest = Number.NaN;
  constructor(sum3 = 0) {
    this.#sum = sum3;
  }
  /** Takes over `loss`. */
  add(loss) {
    const sum3 = together(this.#sum, loss);
    this.dispose();
    [this.#sum, this.#latest] = [sum3, loss];
  }
  latest() {
    return lossIn(this.#latest);
  }
  sum() {
    return lossIn(this.#sum);
  }
  /** The sum, from which on it begins anew. */
  take() {
    const sum3 = this.#sum;
    this.#sum = 0;
    return sum3;
  }
  dispose() {
    disposeLosses([this.#sum, this.#latest]);
  }
};
async function lossIn(loss) {
  return typeof loss === "number" ? loss : (await loss.data())[0];
}
function disposeLosses(losses) {
  tf34.dispose(losses.filter((loss) => typeof loss !== "number"));
}
function together(a, b) {
  if (typeof a === "number" && typeof b === "number") return Math.fround(a + b);
  return tf34.tidy(() => tf34.add(a, b));
}

// src/nn/training/single-steps.ts
import * as tf37 from "@tensorflow/tfjs-core";

// src/nn/training/optimizer.ts
import * as tf36 from "@tensorflow/tfjs-core";

// src/nn/training/adam.ts
import * as tf35 from "@tensorflow/tfjs-core";
function adam2(values, { weightDecay, multipliers, saved }) {
  let step2 = saved?.step ?? 0;
  let weights = values;
  let first = momentsOf(values, saved?.firstMoments);
  let second = momentsOf(values, saved?.secondMoments);
  return {
    values: () => weights,
    update: (gradients, learningRate) => {
      step2++;
      const scales = new Map(
        [...new Set(multipliers)].map((multiplier) => {
          const scalars = scalarsOf(step2, learningRate * multiplier);
          return [multiplier, tensorsOf({ ...scalars, decay: weightDecay })];
        })
      );
      const updated2 = weights.map((weight, index) => {
        const scale = scales.get(multipliers[index]);
        const old = [weight, gradients[index], first[index], second[index]];
        const next = updateOne(old, scale);
        tf35.dispose([...old]);
        return next;
      });
      for (const scale of scales.values()) tf35.dispose(Object.values(scale));
      weights = updated2.map(([weight]) => weight);
      first = updated2.map(([, moment]) => moment);
      second = updated2.map(([, , moment]) => moment);
    },
    state: async () => ({
      step: step2,
      firstMoments: await arraysOf(first),
      secondMoments: await arraysOf(second)
    }),
    dispose: () => tf35.dispose([...weights, ...first, ...second])
  };
}
function tensorsOf(scalars) {
  return {
    decay: tf35.scalar(scalars.decay),
    keepFirst: tf35.scalar(beta1),
    addFirst: tf35.scalar(1 - beta1),
    keepSecond: tf35.scalar(beta2),
    addSecond: tf35.scalar(1 - beta2),
    epsilon: tf35.scalar(scalars.epsilon),
    rate: tf35.scalar(scalars.rate)
  };
}
function updateOne([weight, gradient, first, second], scale) {
  return tf35.tidy(() => {
    const g = tf35.add(gradient, tf35.mul(weight, scale.decay));
    const m2 = tf35.add(tf35.mul(first, scale.keepFirst), tf35.mul(g, scale.addFirst));
    const squares = tf35.mul(tf35.mul(g, g), scale.addSecond);
    const v = tf35.add(tf35.mul(second, scale.keepSecond), squares);
    const direction = tf35.div(m2, tf35.add(tf35.sqrt(v), scale.epsilon));
    return [tf35.sub(weight, tf35.mul(direction, scale.rate)), m2, v];
  });
}

// src/nn/training/optimizer.ts
var optimizerOf = (values, options) => (fastOptimizers[tf36.getBackend()] ?? adam2)(values, options);

// src/nn/training/single-steps.ts
function singleSteps(options) {
  const { layers, batches, seed, weightDecay, multipliers } = options;
  const fixed = loadParameters(options.fixed);
  const loaded = loadParameters(options.trained);
  const names = [...loaded.keys()];
  const optimizer = optimizerOf([...loaded.values()], {
    weightDecay,
    multipliers: names.map((name) => multipliers.get(name) ?? 1),
    saved: options.adam
  });
  const trained = () => new Map(optimizer.values().map((value, index) => [names[index], value]));
  let statistics = loadParameters(options.statistics);
  return {
    advance: (indices, step2, learningRate) => {
      const state = { parameters: trained(), statistics, fixed };
      const { value, grads } = tf37.tidy(
        () => lossAndGradients(layers, state, {
          samples: batches.tensor(indices),
          truth: batches.truth(indices),
          mask: (dropout2) => dropoutMask(dropout2, { seed, step: step2 })
        })
      );
      const ofStatistics = grads.splice(names.length);
      optimizer.update(grads, learningRate);
      statistics = moved(statistics, ofStatistics);
      return value;
    },
    weights: () => readParameters(trained()),
    statistics: () => readParameters(statistics),
    adam: () => optimizer.state(),
    dispose: () => {
      for (const tensors of [fixed, statistics]) disposeParameters(tensors);
      optimizer.dispose();
    }
  };
}
function moved(statistics, gradients) {
  const next = [...statistics].map(([name, values], index) => {
    const after2 = tf37.tidy(() => tf37.sub(values, tf37.mul(gradients[index], momentum)));
    return [name, after2];
  });
  disposeParameters(statistics);
  tf37.dispose([...gradients]);
  return new Map(next);
}

// src/nn/training/trained-parameters.ts
function trainedParameters(description, scope) {
  const { features, classifier } = description;
  const layers = scope === "classifier" ? classifier : [...features, ...classifier];
  const shapes = parameterShapes(scope === "factors" ? layers.filter(isFactor) : layers);
  return shapes.filter(({ shape }) => sizeOf(shape) > 0);
}
function sampledPart(description, scope) {
  if (scope !== "factors") return scope;
  return description.features.some(isFactor) ? "all" : "classifier";
}
function isFactor(layer) {
  return "of" in layer && layer.of !== void 0;
}

// src/nn/training/run.ts
function beginTraining(model, samples, plan, saved) {
  const whole = sampledPart(model.description, plan.scope) === "all";
  const { features, classifier, input } = model.description;
  const layers = whole ? [...features, ...classifier] : classifier;
  const shape = whole ? input : inferShapes(model.description).boundary;
  const batches = batchesOf(samples, shape);
  const perEpoch = Math.min(plan.limit ?? samples.count, samples.count);
  const stepsPerEpoch = Math.ceil(perEpoch / plan.batchSize);
  const order = epochOrder(samples.count, plan.seed);
  const initial = initialWeights2(model, plan.scope, whole);
  const copies = copiedInputs(layers, shape);
  const [summed, folded] = plan.weightDecay === 0 ? [copies, none] : [none, copies];
  const lastOfEpoch = perEpoch - (stepsPerEpoch - 1) * plan.batchSize;
  const begin = fastSteps[tf38.getBackend()] ?? singleSteps;
  const options = {
    ...{ layers, batches, seed: plan.seed, weightDecay: plan.weightDecay },
    ...{ copies: taken(folded, initial.trained), multipliers: summed },
    batchSizes: [.../* @__PURE__ */ new Set([Math.min(plan.batchSize, perEpoch), lastOfEpoch])],
    trained: saved?.weights ?? narrowed(initial.trained, summed),
    statistics: saved?.statistics ?? initial.statistics,
    fixed: narrowed(initial.fixed, copies),
    adam: saved?.adam
  };
  const steps = begin(options, { lossAndGradients, fillDropoutMask });
  const losses = [...saved?.losses ?? []];
  const sums2 = [];
  const ofEpoch = new RunningLoss(saved?.lossSum);
  let step2 = saved?.step ?? 0;
  const advance2 = () => {
    const epoch = Math.floor(step2 / stepsPerEpoch);
    const start = step2 % stepsPerEpoch * plan.batchSize;
    const end = Math.min(start + plan.batchSize, perEpoch);
    const indices = order(epoch).subarray(start, end);
    ofEpoch.add(steps.advance(indices, step2, plan.learningRate * plan.decay ** epoch));
    step2++;
    if (step2 % stepsPerEpoch === 0) sums2.push(ofEpoch.take());
  };
  const readLosses = async () => {
    for (const sum3 of sums2.splice(0)) {
      losses.push(await lossIn(sum3) / stepsPerEpoch);
      disposeLosses([sum3]);
    }
    return [...losses];
  };
  return {
    steps: plan.epochs * stepsPerEpoch,
    stepsPerEpoch,
    samplesPerEpoch: perEpoch,
    step: () => step2,
    advance: advance2,
    latestLoss: () => ofEpoch.latest(),
    losses: readLosses,
    weights: async () => {
      const trained = widened(await steps.weights(), initial.trained, summed);
      return new Map([...trained, ...await steps.statistics()]);
    },
    checkpoint: async () => ({
      step: step2,
      weights: await steps.weights(),
      statistics: await steps.statistics(),
      adam: await steps.adam(),
      losses: await readLosses(),
      lossSum: await ofEpoch.sum()
    }),
    dispose: () => {
      steps.dispose();
      ofEpoch.dispose();
      disposeLosses(sums2);
    }
  };
}
var none = /* @__PURE__ */ new Map();
function taken(copies, weights) {
  return new Map([...copies].filter(([name]) => weights.has(name)));
}
function initialWeights2(model, scope, whole) {
  const trained = trainedParameters(model.description, scope);
  if (trained.length === 0) throw new Error("the plan leaves nothing to train");
  const classifier = partWeights(model, "classifier");
  const fixed = whole ? new Map([...partWeights(model, "features"), ...classifier]) : classifier;
  const taken2 = (buffers) => new Map(
    trained.filter(({ buffer = false }) => buffer === buffers).map(({ name }) => [name, fixed.get(name)])
  );
  const [weights, statistics] = [taken2(false), taken2(true)];
  return {
    trained: weights,
    statistics,
    fixed: new Map([...fixed].filter(([name]) => !weights.has(name) && !statistics.has(name)))
  };
}
function epochOrder(count, seed) {
  let kept = -1;
  let order = new Uint32Array(0);
  return (epoch) => {
    if (epoch !== kept) {
      order = randomStream(seed, "order of samples", `epoch ${epoch}`).permutation(count);
      kept = epoch;
    }
    return order;
  };
}

// src/nn/training/train.ts
var progressMilliseconds = 200;
async function trainNetwork(model, samples, plan, hooks) {
  const run = beginTraining(model, samples, plan, hooks.checkpoint?.load());
  const { checkpoint, signal, now } = hooks;
  const report = reporter(run, plan, hooks);
  let saved = now();
  try {
    while (run.step() < run.steps) {
      run.advance();
      if (!await report()) continue;
      const loss = await run.latestLoss();
      if (!Number.isFinite(loss)) return divergedAt(run, epochOf(run), { loss });
      await setImmediate2();
      const aborted = (signal?.aborted ?? false) && run.step() < run.steps;
      if (checkpoint && (aborted || now() - saved >= checkpoint.intervalSeconds * 1e3)) {
        checkpoint.save(await run.checkpoint());
        saved = now();
      }
      if (aborted) return { outcome: "aborted", step: run.step() };
    }
    const losses = await run.losses();
    const epoch = losses.findIndex((loss) => !Number.isFinite(loss));
    if (epoch >= 0) return divergedAt(run, epoch + 1, { loss: losses[epoch] });
    const trained = await run.weights();
    const weight = notFiniteIn(trained);
    if (weight) return divergedAt(run, epochOf(run), { weight });
    const weights = new Map([...model.weights, ...trained]);
    return { outcome: "trained", model: { ...model, weights }, losses };
  } finally {
    run.dispose();
  }
}
function divergedAt(run, epoch, what) {
  const step2 = Math.min(run.step(), epoch * run.stepsPerEpoch);
  return { outcome: "diverged", epoch, step: step2, steps: run.steps, ...what };
}
function epochOf(run) {
  return Math.ceil(run.step() / run.stepsPerEpoch);
}
function reporter(run, plan, { now, onProgress }) {
  const started2 = now();
  const startedAt = run.step();
  const samplesPerStep = run.samplesPerEpoch / run.stepsPerEpoch;
  let latest = Number.NEGATIVE_INFINITY;
  return async () => {
    const step2 = run.step();
    if (now() - latest < progressMilliseconds && step2 < run.steps) return false;
    const loss = await run.latestLoss();
    const time = now();
    latest = time;
    const stepsPerSecond = 1e3 * (step2 - startedAt) / Math.max(time - started2, 1e-3);
    onProgress?.({
      epoch: epochOf(run),
      epochs: plan.epochs,
      step: step2,
      steps: run.steps,
      loss,
      samplesPerSecond: stepsPerSecond * samplesPerStep,
      secondsLeft: (run.steps - step2) / stepsPerSecond
    });
    return true;
  };
}

// src/nn/activations.ts
import { setImmediate as setImmediate3 } from "node:timers/promises";
async function computeActivations(model, samples, { batchSize, onProgress, signal }) {
  const { features, input } = model.description;
  const shape = inferShapes(model.description).boundary;
  const size = sizeOf(shape);
  const { count } = samples;
  const data = new Float32Array(count * size);
  const weights = partWeights(model, "features");
  const network = { layers: features, weights, samples, shape: input };
  const inference = beginInference({ ...network, batchSize });
  const overflow = new OverflowCount();
  let done = 0;
  try {
    for (const indices of inOrder(count, batchSize)) {
      const maps = await inference.run(indices);
      overflow.add(maps, done, indices.length);
      data.set(maps, done * size);
      done += indices.length;
      onProgress?.(done, count);
      await setImmediate3();
      signal?.throwIfAborted();
    }
  } finally {
    inference.dispose();
  }
  await overflow.check(network);
  return { count, shape, data };
}

// src/nn/products.ts
import * as tf39 from "@tensorflow/tfjs-core";
function backendProducts() {
  const rowsByRows = (x, a) => tf39.tidy(() => timesTransposed2(x, a));
  return {
    roundoff: 2 ** -24,
    upload: (a) => ({ values: tensorOf(a) }),
    download: ({ values }) => matrixOf(values),
    times: ({ values: x }, a) => {
      if (a.values.size < LARGE) return { values: tf39.matMul(x, a.values) };
      a.transposed ??= transposed2(a.values);
      return { values: rowsByRows(x, a.transposed) };
    },
    timesTransposed: ({ values: x }, { values: a }) => ({ values: rowsByRows(x, a) }),
    minus: (x, y) => ({ values: tf39.sub(x.values, y.values) }),
    stack: (parts) => ({ values: tf39.concat(parts.map(({ values }) => values)) }),
    gram: ({ values: x }) => {
      const product = rowsByRows(x, x);
      const gram = symmetric(matrixOf(product));
      product.dispose();
      return gram;
    },
    dispose: ({ values, transposed: transposed3 }) => {
      values.dispose();
      transposed3?.dispose();
    }
  };
}
var LARGE = 2 ** 24;
function matrixOf(x) {
  const [rows, cols] = x.shape;
  return { rows, cols, data: x.dataSync() };
}
function tensorOf({ rows, cols, data }) {
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  return tf39.tensor2d(values, [rows, cols]);
}
function symmetric({ rows: n, data }) {
  const gram = zeros(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const mean = (data[i * n + j] + data[j * n + i]) / 2;
      gram.data[i * n + j] = mean;
      gram.data[j * n + i] = mean;
    }
  }
  return gram;
}

// test/nn/bands.ts
function bands(count, stream) {
  const random = randomStream(3, stream);
  const labels = Uint8Array.from({ length: count }, () => random.integer(3));
  const pixels = Float32Array.from({ length: count * 1024 }, (_, i) => {
    const band = Math.floor(i % 1024 / 352);
    return 0.5 * random.normal() + (labels[Math.floor(i / 1024)] === band ? 1 : 0);
  });
  return {
    count,
    shape: [32, 32, 1],
    classes: 3,
    labels,
    fill: (indices, out) => {
      for (let i = 0; i < indices.length; i++) {
        out.set(pixels.subarray(indices[i] * 1024, (indices[i] + 1) * 1024), i * 1024);
      }
    }
  };
}

// ../g-fast-bits/b.ts
var take = void 0 ?? setInstallLocation;
take(userFolder(process.env, process.env.HOME));
var h = (...a) => {
  const x = createHash2("sha256");
  for (const b of a) x.update(new Uint8Array(b.buffer, b.byteOffset, b.byteLength));
  return x.digest("hex").slice(0, 12);
};
var [, , backend5, threads] = process.argv;
console.log(backend5, JSON.stringify(await startBackend(backend5, { threads: Number(threads ?? 1) })));
for (const batchNorm of process.argv[2] === "cpu" ? [false] : [false, true]) for (const weightDecay of [0, 1e-4]) {
  const model = initializeModel(vgg({ architecture: "vgg11", head: "seed", batchNorm, input: [32, 32, 1], classes: 3, width: 1 / 8, hidden: 32, pool: 7 }), 5);
  const plan = { epochs: 2, batchSize: 12, learningRate: 1e-3, decay: 0.9, weightDecay, seed: 1, scope: "all" };
  const t0 = performance.now();
  const n = backend5 === "cpu" ? 24 : 100;
  const r = await trainNetwork(model, bands(n, "train"), plan, { now: () => performance.now() });
  const t1 = performance.now();
  const s = await score(r.model, bands(n, "test"), { scope: "all", batchSize: 10 });
  const a = await computeActivations(r.model, bands(n, "test"), { batchSize: 10 });
  console.log(batchNorm, weightDecay, h(...[...r.model.weights.values()].map((w) => w.data)), r.losses.join(" "), s.loss, h(a.data), process.env.TIMES ? Math.round(t1 - t0) : "");
}
var p = backendProducts();
var m = (rows, cols) => ({ rows, cols, data: Float32Array.from({ length: rows * cols }, (_, i) => Math.sin(i * i)) });
var A = p.upload(m(300, 200));
var X = p.upload(m(7, 300));
var Y = p.upload(m(7, 200));
console.log("products", h(p.download(p.times(X, A)).data, p.download(p.timesTransposed(Y, A)).data, p.gram(A).data));
process.exit(0);
