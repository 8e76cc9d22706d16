// src/onnx/check-graph.ts
function checkGraph(bytes, graph, outer = /* @__PURE__ */ new Set()) {
  const defined = definedIn(bytes, graph);
  const known = outer.size === 0 ? defined : /* @__PURE__ */ new Set([...outer, ...defined]);
  for (const node of graph.nodes) {
    for (const name of node.inputs) {
      if (name === '' || known.has(name)) continue;
      throw bytes.invalid(`${labelOf(node)} reads '${name}', which nothing computes`);
    }
    for (const { graphs } of node.attributes.values()) {
      for (const body of graphs) checkGraph(bytes, body, known);
    }
  }
  for (const { name } of graph.outputs) {
    if (!known.has(name)) throw bytes.invalid(`no node computes the output '${name}'`);
  }
  checkOrder(bytes, graph);
}
function freeNames(graph) {
  const free = new Set(graph.nodes.flatMap(namesRead));
  for (const { name } of graph.outputs) free.add(name);
  for (const name of localNames(graph)) free.delete(name);
  return free;
}
function namesRead(node) {
  const names2 = node.inputs.filter((name) => name !== '');
  for (const { graphs } of node.attributes.values()) {
    for (const body of graphs) names2.push(...freeNames(body));
  }
  return names2;
}
function labelOf({ name, operation, outputs }) {
  return name === '' ? `the ${operation} of '${outputs[0] ?? ''}'` : `the node '${name}'`;
}
function* localNames(graph) {
  for (const { name } of graph.inputs) yield name;
  for (const { name } of graph.initializers) yield name;
  yield* graph.sparse;
  for (const { outputs } of graph.nodes) yield* outputs;
}
function definedIn(bytes, graph) {
  const inputs = distinct(
    bytes,
    graph.inputs.map(({ name }) => name),
    'inputs',
  );
  const names2 = [...graph.initializers.map(({ name }) => name), ...graph.sparse];
  const computed = graph.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ''));
  const sources = distinct(bytes, names2, 'initializers');
  for (const name of distinct(bytes, computed, 'outputs of nodes')) {
    if (sources.has(name) || inputs.has(name)) {
      throw bytes.invalid(`a node computes '${name}', which is also an input or an initializer`);
    }
    sources.add(name);
  }
  for (const name of inputs) sources.add(name);
  return sources;
}
function distinct(bytes, names2, kind) {
  const seen = /* @__PURE__ */ new Set();
  for (const name of names2) {
    if (seen.has(name)) throw bytes.invalid(`two ${kind} have the name '${name}'`);
    seen.add(name);
  }
  return seen;
}
function checkOrder(bytes, { nodes }) {
  const producer = /* @__PURE__ */ new Map();
  for (const [index, { outputs }] of nodes.entries()) {
    for (const name of outputs) if (name !== '') producer.set(name, index);
  }
  const waitsFor = nodes.map(() => 0);
  const readers = nodes.map(() => []);
  for (const [index, node] of nodes.entries()) {
    for (const name of namesRead(node)) {
      const source = producer.get(name);
      if (source === void 0) continue;
      readers[source].push(index);
      waitsFor[index]++;
    }
  }
  const ready = Array.from(nodes.keys()).filter((index) => waitsFor[index] === 0);
  for (const done of ready) {
    for (const reader of readers[done]) if (--waitsFor[reader] === 0) ready.push(reader);
  }
  const stuck = nodes.find((_, index) => waitsFor[index] > 0);
  if (stuck) throw bytes.invalid(`${labelOf(stuck)} depends on its own output`);
}

// src/base/protobuf.ts
import { Reader, Writer } from 'protobufjs/minimal.js';

var [VARINT, LENGTH_DELIMITED, FIXED32] = [0, 2, 5];
var FIXED64 = 1;
function tagged(writer, field, wireType = LENGTH_DELIMITED) {
  return writer.uint32((field << 3) | wireType);
}
function message(writer, field, write2) {
  tagged(writer, field).fork();
  write2();
  writer.ldelim();
}
var HEAD_BYTES = 15;
function fieldHead(bytes) {
  return decoded(bytes, (reader) => {
    const tag = reader.tag();
    const [number, wireType] = [tag >>> 3, tag & 7];
    if (number === 0) return void 0;
    if (wireType === LENGTH_DELIMITED) {
      const length = reader.size();
      return { number, wireType, from: reader.pos, to: reader.pos + length };
    }
    const from = reader.pos;
    if (wireType === FIXED32 || wireType === FIXED64) {
      return { number, wireType, from, to: from + (wireType === FIXED32 ? 4 : 8) };
    }
    if (wireType !== VARINT) return void 0;
    reader.uint64();
    return { number, wireType, from, to: reader.pos };
  });
}
function decoded(bytes, read2) {
  try {
    return read2(Reader.create(bytes));
  } catch (problem) {
    if (problem instanceof RangeError && problem.message.startsWith('index out of range')) {
      return void 0;
    }
    if (problem instanceof Error && /^invalid \w+ encoding$/.test(problem.message)) {
      return void 0;
    }
    throw problem;
  }
}
function signed(reader) {
  const value = reader.int64();
  return typeof value === 'number' ? value : Number(value.toString());
}

// src/onnx/fields.ts
function* fieldsOf(bytes, message2) {
  bytes.countPart(message2);
  for (let at = message2.from; at < message2.to; ) {
    const head = fieldHead(bytes.peek({ from: at, to: Math.min(at + HEAD_BYTES, message2.to) }));
    if (!head) throw bytes.damaged(at, 'a field is malformed');
    const value = { from: at + head.from, to: at + head.to };
    if (value.to > message2.to) {
      const length = value.to - value.from;
      throw bytes.damaged(at, `a field of ${length} bytes exceeds its message or the file`);
    }
    yield {
      number: head.number,
      wireType: head.wireType,
      value,
      whole: { from: at, to: value.to },
    };
    at = value.to;
  }
}
function spanOf(bytes, field) {
  if (field.wireType !== LENGTH_DELIMITED) throw wrongType(bytes, field);
  return field.value;
}
function textOf(bytes, field) {
  return bytes.text(spanOf(bytes, field));
}
function integerOf(bytes, field) {
  if (field.wireType !== VARINT) throw wrongType(bytes, field);
  const value = decoded(bytes.peek(field.value), signed);
  if (value === void 0) throw wrongType(bytes, field);
  if (!Number.isSafeInteger(value)) throw bytes.damaged(field.value.from, `${value} is too large`);
  return value;
}
function floatOf(bytes, field) {
  if (field.wireType !== FIXED32) throw wrongType(bytes, field);
  return decoded(bytes.peek(field.value), (reader) => reader.float());
}
var PIECE = 1 << 16;
var LONGEST = 10;
function eachNumber(bytes, field, wireType, read2, take) {
  if (field.wireType !== wireType) spanOf(bytes, field);
  const { to } = field.value;
  let { from } = field.value;
  while (from < to) {
    const piece = bytes.peek({ from, to: Math.min(from + PIECE, to) });
    const isLast = from + piece.length === to;
    const end = isLast ? piece.length : piece.length - LONGEST;
    const count2 = decoded(piece, (reader) => {
      while (reader.pos < end) take(read2(reader));
      return reader.pos;
    });
    if (count2 === void 0) throw bytes.damaged(from, 'a list of numbers is malformed');
    from += count2;
  }
}
function addIntegers(bytes, field, known, limit) {
  const at = field.value.from;
  eachNumber(bytes, field, VARINT, signed, (value) => {
    if (!Number.isSafeInteger(value)) throw bytes.damaged(at, `${value} is too large`);
    if (known.length === limit) throw bytes.damaged(at, `a list has more than ${limit} numbers`);
    known.push(value);
  });
}
function wrongType(bytes, { number, wireType, whole: whole2 }) {
  return bytes.damaged(whole2.from, `field ${number} has the wrong wire type (${wireType})`);
}

// src/onnx/model-bytes.ts
import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

// src/base/expected-error.ts
var MARK = /* @__PURE__ */ Symbol.for('lowrank-pipeline.expected-error');
var ExpectedError = class extends Error {
  name = 'ExpectedError';
  [MARK] = true;
  /** How to fix it. */
  advice;
  constructor(message2, advice) {
    super(message2);
    this.advice = advice;
  }
};

// src/base/read-file.ts
import { readFileSync, statSync } from 'node:fs';

// src/base/system-error.ts
function isSystemError(problem) {
  if (!(problem instanceof Error)) return false;
  const { code, syscall, errno } = problem;
  return typeof code === 'string' && (syscall !== void 0 || errno !== void 0);
}
function hasCode(problem, ...codes) {
  return isSystemError(problem) && codes.includes(problem.code);
}
function isAbsent(problem) {
  return hasCode(problem, 'ENOENT', 'ENOTDIR');
}
function unlessAbsent(act) {
  try {
    return act();
  } catch (problem) {
    if (isAbsent(problem)) return void 0;
    throw problem;
  }
}

// src/base/read-file.ts
function isOtherThanFile(path2) {
  return unlessAbsent(() => statSync(path2))?.isFile() === false;
}
function reading(path2, act) {
  try {
    return act();
  } catch (problem) {
    throw withPath(problem, path2);
  }
}
function withPath(problem, path2) {
  if (isSystemError(problem) && problem.path === void 0) {
    problem.path = path2;
    problem.message += ` '${path2}'`;
  }
  return problem;
}

// src/onnx/model-bytes.ts
var WINDOW = 1 << 16;
var TEXT_LIMIT = 1 << 16;
var TEXTS_LIMIT = 1 << 28;
var PARTS_LIMIT = 1 << 22;
var ModelBytes = class {
  path;
  size;
  #file;
  #window = Buffer.alloc(WINDOW);
  #windowFrom = 0;
  #windowTo = 0;
  #textBytes = 0;
  #parts = 0;
  /** @throws ExpectedError if the path is not a file */
  constructor(path2) {
    if (isOtherThanFile(path2)) throw new ExpectedError(`${path2}: it is not a file`, NAME_A_MODEL);
    this.path = path2;
    this.#file = openSync(path2, 'r');
    this.size = fstatSync(this.#file).size;
  }
  close() {
    closeSync(this.#file);
  }
  /** The bytes of a short span. They are valid until the next call. */
  peek({ from, to }) {
    if (to - from > WINDOW) throw new Error(`a window of ${to - from} bytes`);
    if (from < this.#windowFrom || to > this.#windowTo) {
      const size = Math.min(WINDOW, this.size - from);
      this.#read(this.#window.subarray(0, size), from);
      [this.#windowFrom, this.#windowTo] = [from, from + size];
    }
    return this.#window.subarray(from - this.#windowFrom, to - this.#windowFrom);
  }
  /** A copy of the bytes of a span. */
  copy({ from, to }) {
    const bytes = new Uint8Array(to - from);
    this.#read(bytes, from);
    return bytes;
  }
  text(span) {
    const length = span.to - span.from;
    this.#textBytes += length;
    if (length > TEXT_LIMIT || this.#textBytes > TEXTS_LIMIT) {
      throw this.damaged(span.from, `a text of ${length} bytes is too long`);
    }
    this.countPart(span);
    const bytes = this.peek(span);
    if (!isUtf8(bytes)) throw this.damaged(span.from, 'a text is not UTF-8');
    return Buffer.from(bytes).toString('utf8');
  }
  countPart({ from }) {
    if (++this.#parts <= PARTS_LIMIT) return;
    throw this.damaged(from, `it has more than ${PARTS_LIMIT} nodes, tensors and names`);
  }
  /** @param at the offset of the problem in the file */
  damaged(at, problem) {
    return new ExpectedError(`${this.path}: at byte ${at}: ${problem}`, GET_AGAIN);
  }
  /** A file that can be read, but that contradicts itself. */
  invalid(problem) {
    return new ExpectedError(`${this.path}: ${problem}`, GET_AGAIN);
  }
  #read(target, from) {
    readWhole(this.#file, this.path, target, from);
  }
};
function readWhole(file, path2, target, from) {
  for (let done = 0; done < target.length; ) {
    const length = Math.min(target.length - done, 1 << 30);
    const position = from + done;
    const count2 = reading(path2, () => readSync(file, target, done, length, position));
    if (count2 === 0)
      throw new ExpectedError(`${path2}: at byte ${position}: the file ends`, GET_AGAIN);
    done += count2;
  }
}
var NAME_A_MODEL = 'Name the file of an ONNX model.';
var GET_AGAIN = 'Download or export the model again. It must be an ONNX model.';

// src/base/half-floats.ts
var F16 = {
  toFloats(halves2) {
    const floats = new Float32Array(halves2.length);
    for (let i = 0; i < halves2.length; i++) floats[i] = f16Value(halves2[i]);
    return floats;
  },
  fromFloats: (floats) => fromBits(floats, f16Bits),
};
var BF16 = {
  toFloats(halves2) {
    const bits = new Uint32Array(halves2.length);
    for (let i = 0; i < halves2.length; i++) bits[i] = halves2[i] << 16;
    return new Float32Array(bits.buffer);
  },
  fromFloats: (floats) => fromBits(floats, bf16Bits),
};
function fromBits(floats, round) {
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const halves2 = new Uint16Array(floats.length);
  for (let i = 0; i < halves2.length; i++) halves2[i] = round(bits[i]);
  return halves2;
}
function f16Value(bits) {
  const sign = bits & 32768 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
var NOT_A_NUMBER = 2139095040;
function f16Bits(bits) {
  const sign = (bits >>> 16) & 32768;
  const magnitude = bits & 2147483647;
  if (magnitude > NOT_A_NUMBER) return sign | 32256;
  if (magnitude >= 1199566848) return sign | 31744;
  if (magnitude >= 947912704) return sign | roundedShift(magnitude - 939524096, 13);
  const exponent = magnitude >>> 23;
  if (exponent < 102) return sign;
  const fraction = (magnitude & 8388607) | 8388608;
  return sign | roundedShift(fraction, 126 - exponent);
}
function bf16Bits(bits) {
  if ((bits & 2147483647) > NOT_A_NUMBER) return (bits >>> 16) | 64;
  return roundedShift(bits, 16);
}
function roundedShift(bits, shift) {
  const whole2 = bits >>> shift;
  const rest = bits - whole2 * 2 ** shift;
  const half = 2 ** (shift - 1);
  return rest > half || (rest === half && (whole2 & 1) === 1) ? whole2 + 1 : whole2;
}

// src/onnx/element-types.ts
var names = {
  1: 'F32',
  2: 'U8',
  3: 'I8',
  4: 'U16',
  5: 'I16',
  6: 'I32',
  7: 'I64',
  8: 'STRING',
  9: 'BOOL',
  10: 'F16',
  11: 'F64',
  12: 'U32',
  13: 'U64',
  14: 'C64',
  15: 'C128',
  16: 'BF16',
  17: 'F8_E4M3FN',
  18: 'F8_E4M3FNUZ',
  19: 'F8_E5M2',
  20: 'F8_E5M2FNUZ',
  21: 'U4',
  22: 'I4',
  23: 'F4_E2M1',
};
var sizes = {
  ...{ F32: 4, U8: 1, I8: 1, U16: 2, I16: 2, I32: 4, I64: 8, BOOL: 1, F16: 2, F64: 8 },
  ...{ U32: 4, U64: 8, C64: 8, C128: 16, BF16: 2 },
  ...{ F8_E4M3FN: 1, F8_E4M3FNUZ: 1, F8_E5M2: 1, F8_E5M2FNUZ: 1 },
};
var FLOAT_TYPES = ['F32', 'F16', 'BF16', 'F64'];
function elementTypeName(code) {
  return names[code] ?? `type ${code}`;
}
function codeOfFloats(type) {
  return { F32: 1, F16: 10, BF16: 16, F64: 11 }[type];
}
function elementSize(type) {
  return sizes[type];
}
function isFloatType(type) {
  return FLOAT_TYPES.includes(type);
}
function isReadable(type) {
  return isFloatType(type) || ['I8', 'U8', 'I16', 'U16', 'I32'].includes(type);
}
var halves = { F16, BF16 };
function rounded(floats, type) {
  const format = halves[type];
  return format ? format.toFloats(format.fromFloats(floats)) : floats;
}
var bounds = {
  ...{ F16: 65520, BF16: 2 ** 128 - 2 ** 119, F32: Number.POSITIVE_INFINITY },
  F64: Number.POSITIVE_INFINITY,
};
function fitsIn(floats, type) {
  const bound = bounds[type];
  return floats.every((value) => Math.abs(value) < bound);
}
function floatBytes(floats, type) {
  const typed =
    halves[type]?.fromFloats(floats) ?? (type === 'F64' ? Float64Array.from(floats) : floats);
  return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
}
function floatsFrom({ buffer }, type) {
  switch (type) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F64':
      return Float32Array.from(new Float64Array(buffer));
    case 'F16':
    case 'BF16':
      return halves[type].toFloats(new Uint16Array(buffer));
    default: {
      const integers = integersIn(buffer, type);
      return integers && Float32Array.from(integers);
    }
  }
}
function integersFrom({ buffer }, type) {
  if (type === 'I64') return Array.from(new BigInt64Array(buffer), Number);
  const integers = integersIn(buffer, type);
  return integers && Array.from(integers);
}
function integersIn(buffer, type) {
  switch (type) {
    case 'I8':
      return new Int8Array(buffer);
    case 'U8':
      return new Uint8Array(buffer);
    case 'I16':
      return new Int16Array(buffer);
    case 'U16':
      return new Uint16Array(buffer);
    case 'I32':
      return new Int32Array(buffer);
    default:
      return void 0;
  }
}

// src/onnx/external-data.ts
import { realpathSync, statSync as statSync2 } from 'node:fs';
import { dirname, isAbsolute, join, normalize, relative, sep } from 'node:path';

function externalPlace(bytes, label, entries, length) {
  const location = entries.get('location') ?? '';
  const path2 = pathInFolder(bytes, label, location);
  const size = statSync2(path2).size;
  const from = numberIn(bytes, label, entries, 'offset') ?? 0;
  const stated = numberIn(bytes, label, entries, 'length');
  if (length !== void 0 && stated !== void 0 && stated !== length) {
    throw bytes.invalid(`${label} needs ${length} bytes, and it has ${stated} in '${location}'`);
  }
  const to = from + (length ?? stated ?? Math.max(0, size - from));
  if (to > size) {
    const range = `bytes ${from} to ${to} of '${location}'`;
    throw bytes.invalid(`${label} needs ${range}, and this file has ${size}`);
  }
  return { location, path: path2, from, to };
}
function pathInFolder(bytes, label, location) {
  const folder = dirname(bytes.path);
  const isPlain = location !== '' && !/[\0\\]/.test(location) && !isAbsolute(location);
  if (!isPlain || leaves(normalize(location))) {
    throw bytes.invalid(`${label} names '${location}', which is not in the folder of the model`);
  }
  const path2 = join(folder, location);
  let real;
  try {
    real = realpathSync(path2);
  } catch (problem) {
    if (!isAbsent(problem)) throw problem;
    throw bytes.invalid(`${label} is in the file '${location}', which does not exist`);
  }
  const folders = [realpathSync(folder), dirname(realpathSync(bytes.path))];
  if (folders.every((one) => leaves(relative(one, real)))) {
    throw bytes.invalid(`${label} names '${location}', a link out of the folder of the model`);
  }
  if (!statSync2(real).isFile()) {
    throw bytes.invalid(`${label} names '${location}', which is not a file`);
  }
  return path2;
}
function leaves(path2) {
  return path2 === '' || path2 === '.' || path2 === '..' || path2.startsWith(`..${sep}`);
}
function numberIn(bytes, label, entries, key) {
  const text = entries.get(key);
  if (text === void 0) return void 0;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw bytes.invalid(`the ${key} of ${label} is '${text}', not a number of bytes`);
}

// src/onnx/stored-tensor.ts
var DIMENSIONS_LIMIT = 64;
var EXTERNAL = 1;
var NUMBERS = [4, 5, 6, 7, 10, 11];
function readTensor(bytes, span) {
  const shape = [];
  const fields = [];
  const external = /* @__PURE__ */ new Map();
  let name = '';
  let code = 0;
  let raw;
  let isExternal = false;
  for (const field of fieldsOf(bytes, span)) {
    if (field.number === 1) addIntegers(bytes, field, shape, DIMENSIONS_LIMIT);
    else if (field.number === 2) code = integerOf(bytes, field);
    else if (field.number === 3) throw bytes.damaged(span.from, 'a tensor has segments');
    else if (field.number === 8) name = textOf(bytes, field);
    else if (field.number === 9) raw = spanOf(bytes, field);
    else if (field.number === 13) addEntry(bytes, spanOf(bytes, field), external);
    else if (field.number === 14) isExternal = integerOf(bytes, field) === EXTERNAL;
    else if (NUMBERS.includes(field.number)) fields.push(field);
  }
  const type = elementTypeName(code);
  const label = `the tensor '${name}' (${type} [${shape.join(', ')}])`;
  const count2 = countOf(shape);
  if (count2 === void 0) throw bytes.damaged(span.from, `the shape of ${label} is not possible`);
  const known = { name, type, shape, count: count2, span };
  const size = elementSize(type);
  const length = size === void 0 ? void 0 : count2 * size;
  if (isExternal) {
    const place = externalPlace(bytes, label, external, length);
    return { ...known, elements: { in: 'file', place } };
  }
  if (raw) {
    if (length === void 0 || raw.to - raw.from === length) {
      return { ...known, elements: { in: 'bytes', span: raw } };
    }
    const found = `it has ${raw.to - raw.from}`;
    throw bytes.damaged(span.from, `${label} needs ${length} bytes, and ${found}`);
  }
  const capacity = fields.reduce((sum, { whole: whole2 }) => sum + whole2.to - whole2.from, 0);
  if (count2 > 2 * capacity) {
    throw bytes.damaged(span.from, `${label} needs ${count2} elements, and it has fewer`);
  }
  return { ...known, elements: { in: 'numbers', fields } };
}
function countOf(shape) {
  if (shape.some((extent) => !Number.isSafeInteger(extent) || extent < 0)) return void 0;
  if (shape.includes(0)) return 0;
  const count2 = shape.reduce((product2, extent) => product2 * extent, 1);
  return Number.isSafeInteger(count2) ? count2 : void 0;
}
function addEntry(bytes, span, entries) {
  let [key, value] = ['', ''];
  for (const field of fieldsOf(bytes, span)) {
    if (field.number === 1) key = textOf(bytes, field);
    else if (field.number === 2) value = textOf(bytes, field);
  }
  entries.set(key, value);
}

// src/onnx/stored-graph.ts
var DEPTH_LIMIT = 16;
function readGraph(bytes, span, depth = 0) {
  if (depth > DEPTH_LIMIT) {
    throw bytes.damaged(span.from, `graphs are nested more than ${DEPTH_LIMIT} levels deep`);
  }
  const nodes = [];
  const initializers = [];
  const sparse = [];
  const [inputs, outputs, values, notes] = [[], [], [], []];
  for (const field of fieldsOf(bytes, span)) {
    if (field.number === 1) nodes.push(readNode(bytes, field, depth));
    else if (field.number === 5) {
      initializers.push({ ...readTensor(bytes, spanOf(bytes, field)), field: field.whole });
    } else if (field.number === 11) inputs.push(named(bytes, field));
    else if (field.number === 12) outputs.push(named(bytes, field));
    else if (field.number === 13) values.push(named(bytes, field));
    else if (field.number === 14) notes.push(named(bytes, field));
    else if (field.number === 15) sparse.push(sparseName(bytes, spanOf(bytes, field)));
  }
  return {
    ...{ span, nodes, initializers, sparse },
    ...{ inputs, outputs, values, notes },
  };
}
function readNode(bytes, message2, depth) {
  const [inputs, outputs] = [[], []];
  const attributes = /* @__PURE__ */ new Map();
  const notes = [];
  let [name, operation, domain] = ['', '', ''];
  for (const field of fieldsOf(bytes, spanOf(bytes, message2))) {
    if (field.number === 1) inputs.push(textOf(bytes, field));
    else if (field.number === 2) outputs.push(textOf(bytes, field));
    else if (field.number === 3) name = textOf(bytes, field);
    else if (field.number === 4) operation = textOf(bytes, field);
    else if (field.number === 5) {
      const [key, attribute2] = readAttribute(bytes, spanOf(bytes, field), depth);
      if (attributes.has(key)) {
        throw bytes.damaged(field.whole.from, `a node has two attributes '${key}'`);
      }
      attributes.set(key, attribute2);
    } else if (field.number === 7) domain = textOf(bytes, field);
    else if (field.number === 6 || field.number === 9) notes.push(field.whole);
  }
  if (domain === 'ai.onnx') domain = '';
  return { field: message2.whole, name, operation, domain, inputs, outputs, attributes, notes };
}
function readAttribute(bytes, span, depth) {
  let name = '';
  const tensors = [];
  const graphs = [];
  for (const field of fieldsOf(bytes, span)) {
    if (field.number === 1) name = textOf(bytes, field);
    else if (field.number === 5 || field.number === 10) {
      tensors.push(readTensor(bytes, spanOf(bytes, field)));
    } else if (field.number === 6 || field.number === 11) {
      graphs.push(readGraph(bytes, spanOf(bytes, field), depth + 1));
    }
  }
  return [name, { span, tensors, graphs }];
}
function named(bytes, field) {
  const span = spanOf(bytes, field);
  let name = '';
  for (const one of fieldsOf(bytes, span)) {
    if (one.number === 1) name = textOf(bytes, one);
  }
  return { name, span, field: field.whole };
}
function sparseName(bytes, span) {
  for (const field of fieldsOf(bytes, span)) {
    if (field.number === 1) return readTensor(bytes, spanOf(bytes, field)).name;
  }
  return '';
}

// src/onnx/tensor-value.ts
function tensorValue(bytes, { name, span }) {
  let type;
  let shape;
  for (const tensor of messages(bytes, messages(bytes, [span], 2), 1)) {
    for (const field of fieldsOf(bytes, tensor)) {
      if (field.number === 1) type = elementTypeName(integerOf(bytes, field));
      else if (field.number === 2) shape = extentsIn(bytes, spanOf(bytes, field));
    }
  }
  return { name, type, shape };
}
function* messages(bytes, from, number) {
  for (const span of from) {
    for (const field of fieldsOf(bytes, span)) {
      if (field.number === number) yield spanOf(bytes, field);
    }
  }
}
function extentsIn(bytes, shape) {
  const extents = [];
  for (const dimension of messages(bytes, [shape], 1)) {
    let extent = '';
    for (const field of fieldsOf(bytes, dimension)) {
      if (field.number === 1) extent = integerOf(bytes, field);
      else if (field.number === 2) extent = textOf(bytes, field);
    }
    extents.push(extent);
  }
  return extents;
}

// src/onnx/open.ts
var [OLDEST, NEWEST] = [7, 22];
function openOnnx(path2) {
  const bytes = new ModelBytes(path2);
  try {
    return read(bytes);
  } catch (problem) {
    bytes.close();
    throw problem;
  }
}
function read(bytes) {
  const opsets = /* @__PURE__ */ new Map();
  let irVersion = 0;
  let graphField;
  for (const field of fieldsOf(bytes, { from: 0, to: bytes.size })) {
    if (field.number === 1) irVersion = integerOf(bytes, field);
    else if (field.number === 7) {
      if (graphField) throw bytes.damaged(field.whole.from, 'a second graph');
      graphField = field;
    } else if (field.number === 8) addOpset(bytes, spanOf(bytes, field), opsets);
  }
  if (!graphField) throw bytes.invalid('it is not an ONNX model: it has no graph');
  const opset = opsets.get('') ?? 0;
  if (opset < OLDEST || opset > NEWEST) {
    const found = opset === 0 ? 'the file names none' : `this is opset ${opset}`;
    throw bytes.invalid(`opset ${OLDEST} to ${NEWEST} can be read, and ${found}`);
  }
  const graph = readGraph(bytes, spanOf(bytes, graphField));
  checkGraph(bytes, graph);
  const initialized = new Set(graph.initializers.map(({ name }) => name));
  const inputs = graph.inputs.filter(({ name }) => !initialized.has(name));
  return {
    path: bytes.path,
    ...{ irVersion, opset, graph, bytes },
    inputs: inputs.map((one) => tensorValue(bytes, one)),
    outputs: graph.outputs.map((one) => tensorValue(bytes, one)),
    graphField: graphField.whole,
    close: () => bytes.close(),
  };
}
function addOpset(bytes, span, opsets) {
  let [domain, version] = ['', 0];
  for (const field of fieldsOf(bytes, span)) {
    if (field.number === 1) domain = textOf(bytes, field);
    else if (field.number === 2) version = integerOf(bytes, field);
  }
  opsets.set(domain === 'ai.onnx' ? '' : domain, version);
}

// src/onnx/attributes.ts
var LIST_LIMIT = 1 << 16;
function integerAttribute(bytes, node, name) {
  return attribute(bytes, node, name, 3, integerOf);
}
function floatAttribute(bytes, node, name) {
  return attribute(bytes, node, name, 2, floatOf);
}
function textAttribute(bytes, node, name) {
  return attribute(bytes, node, name, 4, textOf);
}
function integersAttribute(bytes, node, name) {
  const found = node.attributes.get(name);
  if (!found) return void 0;
  const integers = [];
  for (const field of fieldsOf(bytes, found.span)) {
    if (field.number === 8) addIntegers(bytes, field, integers, LIST_LIMIT);
  }
  return integers;
}
function attribute(bytes, node, name, number, read2) {
  const found = node.attributes.get(name);
  let value;
  if (!found) return void 0;
  for (const field of fieldsOf(bytes, found.span)) {
    if (field.number === number) value = read2(bytes, field);
  }
  return value;
}

// src/onnx/dequantized.ts
function dequantized(source, node) {
  const [value, scale] = [source.at(node.inputs[0] ?? ''), source.at(node.inputs[1] ?? '')];
  const zeroName = node.inputs[2] ?? '';
  const zero2 = source.at(zeroName);
  if (!value || !scale || (zeroName !== '' && !zero2)) return void 0;
  const { type } = scale;
  if (!isFloatType(type)) return void 0;
  const rank = value.shape.length;
  const stated = integerAttribute(source.bytes, node, 'axis') ?? 1;
  const axis = stated < 0 ? stated + rank : stated;
  const scales = extentOf(scale.shape);
  const isPlain =
    [value, scale, zero2].every((one) => one?.unsupported === void 0) &&
    (integerAttribute(source.bytes, node, 'block_size') ?? 0) === 0 &&
    (scales === 1 || scales === value.shape[axis]) &&
    (!zero2 || extentOf(zero2.shape) === scales);
  const steps = [value.steps, scale.root, scale.steps, zero2?.root, zero2?.steps, axis];
  return {
    ...{ root: value.root, shape: value.shape, type, stored: type },
    steps: [`dequantize ${JSON.stringify(steps)}`],
    ...(!isPlain && { unsupported: `is quantized as ${value.type} in blocks or few bits` }),
    read() {
      const inner = value.shape.slice(axis + 1).reduce((all, extent) => all * extent, 1);
      const [factors, zeros] = [scale.read(), zero2?.read()];
      const result = value.read();
      for (let i = 0; i < result.length; i++) {
        const place = scales === 1 ? 0 : Math.floor(i / inner) % scales;
        result[i] = (result[i] - (zeros?.[place] ?? 0)) * factors[place];
      }
      return rounded(result, type);
    },
  };
}
function extentOf(shape) {
  return shape.length === 0 ? 1 : shape.length === 1 ? shape[0] : void 0;
}

// src/onnx/transposed.ts
function transposed(from, order) {
  const last = from.steps.at(-1);
  const before = typeof last === 'object' ? last : void 0;
  const whole2 = before ? order.map((axis) => before[axis]) : order;
  const kept = before ? from.steps.slice(0, -1) : from.steps;
  const isNone = whole2.every((axis, place) => axis === place);
  return {
    ...from,
    shape: order.map((axis) => from.shape[axis]),
    steps: isNone ? kept : [...kept, whole2],
    read: () => permuted(from.read(), from.shape, order),
  };
}
var BLOCK = 32;
function permuted(data, shape, order) {
  if (order.every((axis, place) => axis === place)) return data;
  if (shape.length === 2) return transposedMatrix(data, shape[0], shape[1]);
  const strides = shape.map((_, axis) => product(shape.slice(axis + 1)));
  const result = new Float32Array(data.length);
  if (data.length === 0) return result;
  let to = 0;
  const copy = (place, from) => {
    const axis = order[place];
    const [stride, extent] = [strides[axis], shape[axis]];
    for (let i = 0; i < extent; i++) {
      if (place < order.length - 1) copy(place + 1, from + i * stride);
      else result[to++] = data[from + i * stride];
    }
  };
  copy(0, 0);
  return result;
}
function transposedMatrix(data, rows, columns) {
  const result = new Float32Array(data.length);
  for (let top = 0; top < rows; top += BLOCK) {
    const bottom = Math.min(top + BLOCK, rows);
    for (let left = 0; left < columns; left += BLOCK) {
      const right = Math.min(left + BLOCK, columns);
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          result[column * rows + row] = data[row * columns + column];
        }
      }
    }
  }
  return result;
}
function product(extents) {
  return extents.reduce((all, extent) => all * extent, 1);
}

// src/onnx/constant-nodes.ts
var FILLED_LIMIT = 1 << 27;
var constantNodes = {
  Constant(source, node) {
    const tensor = node.attributes.get('value')?.tensors[0];
    return tensor && source.fromTensor(node.outputs[0], tensor);
  },
  ConstantOfShape(source, node) {
    const shape = source.shapeAt(node.inputs[0] ?? '');
    const count2 = shape && countOf(shape);
    if (count2 === void 0) return void 0;
    const value = node.attributes.get('value')?.tensors[0];
    const one = value && source.fromTensor('', value);
    const type = one?.type ?? 'F32';
    const unsupported = count2 > FILLED_LIMIT ? `has ${count2} elements` : one?.unsupported;
    return {
      ...{ root: node.outputs[0], steps: [], shape, type, stored: type },
      ...(unsupported !== void 0 && { unsupported }),
      read: () => new Float32Array(count2).fill(one?.read()[0] ?? 0),
    };
  },
  Identity: (source, node) => source.at(node.inputs[0] ?? ''),
  Cast(source, node) {
    const from = source.at(node.inputs[0] ?? '');
    const type = elementTypeName(integerAttribute(source.bytes, node, 'to') ?? 0);
    if (!from || from.type === type) return from;
    if (!isFloatType(type)) return void 0;
    const stored = isFloatType(from.stored) ? from.stored : type;
    return {
      ...{ ...from, type, stored, steps: [...from.steps, `cast to ${type}`] },
      read: () => rounded(from.read(), type),
    };
  },
  Transpose(source, node) {
    const from = source.at(node.inputs[0] ?? '');
    if (!from) return void 0;
    const rank = from.shape.length;
    const order =
      integersAttribute(source.bytes, node, 'perm') ?? from.shape.map((_, axis) => rank - 1 - axis);
    const isOrder = order.toSorted((a, b) => a - b).every((axis, place) => axis === place);
    return isOrder && order.length === rank ? transposed(from, order) : void 0;
  },
  Reshape(source, node) {
    const from = source.at(node.inputs[0] ?? '');
    const asked = source.shapeAt(node.inputs[1] ?? '');
    if (!from || !asked) return void 0;
    const keepsZeros = integerAttribute(source.bytes, node, 'allowzero') === 1;
    const shape = reshaped(from.shape, asked, keepsZeros);
    if (!shape || shape.join() === from.shape.join()) return shape && from;
    return { ...from, shape, steps: [...from.steps, `reshape to ${shape.join(' x ')}`] };
  },
  DequantizeLinear: dequantized,
};
function reshaped(from, asked, keepsZeros) {
  const count2 = countOf(from);
  const known = asked.map((extent, axis) =>
    extent === 0 && !keepsZeros ? (from[axis] ?? -2) : extent,
  );
  const rest = known.indexOf(-1);
  if (rest >= 0) {
    const others = countOf(known.toSpliced(rest, 1));
    if (!others) return void 0;
    known[rest] = count2 / others;
  }
  return countOf(known) === count2 ? known : void 0;
}

// src/onnx/tensor-elements.ts
import { closeSync as closeSync2, openSync as openSync2 } from 'node:fs';

function floatsOf(bytes, tensor) {
  const elements = elementBytes(bytes, tensor);
  return elements && floatsFrom(elements, tensor.type);
}
function integersOf(bytes, tensor) {
  const elements = elementBytes(bytes, tensor);
  return elements && integersFrom(elements, tensor.type);
}
function elementBytes(bytes, tensor) {
  const { elements, type, count: count2 } = tensor;
  const size = elementSize(type);
  if (size === void 0) return void 0;
  if (elements.in === 'bytes') return bytes.copy(elements.span);
  if (elements.in === 'file') return readExternal(elements.place);
  const form = NUMBERS2[type];
  if (!form) return void 0;
  const target = new Uint8Array(count2 * size);
  const view = new DataView(target.buffer);
  let done = 0;
  for (const field of elements.fields) {
    if (field.number !== form.field) continue;
    eachNumber(bytes, field, form.wireType, form.read, (value) => {
      if (done < count2) form.write(view, done * size, value);
      done++;
    });
  }
  if (done === count2) return target;
  const found = `it has ${done}`;
  throw bytes.damaged(
    tensor.span.from,
    `the tensor '${tensor.name}' needs ${count2} elements, and ${found}`,
  );
}
function readExternal({ path: path2, from, to }) {
  const target = new Uint8Array(to - from);
  const file = openSync2(path2, 'r');
  try {
    readWhole(file, path2, target, from);
    return target;
  } finally {
    closeSync2(file);
  }
}
var integer = { wireType: VARINT, read: signed };
var NUMBERS2 = {
  F32: {
    ...{ field: 4, wireType: FIXED32, read: (reader) => reader.float() },
    write: (view, at, value) => view.setFloat32(at, value, true),
  },
  F64: {
    ...{ field: 10, wireType: FIXED64, read: (reader) => reader.double() },
    write: (view, at, value) => view.setFloat64(at, value, true),
  },
  F16: { field: 5, ...integer, write: (view, at, value) => view.setUint16(at, value, true) },
  BF16: { field: 5, ...integer, write: (view, at, value) => view.setUint16(at, value, true) },
  I8: { field: 5, ...integer, write: (view, at, value) => view.setInt8(at, value) },
  U8: { field: 5, ...integer, write: (view, at, value) => view.setUint8(at, value) },
  I16: { field: 5, ...integer, write: (view, at, value) => view.setInt16(at, value, true) },
  U16: { field: 5, ...integer, write: (view, at, value) => view.setUint16(at, value, true) },
  I32: { field: 5, ...integer, write: (view, at, value) => view.setInt32(at, value, true) },
  I64: {
    ...{ field: 7, ...integer },
    write: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  },
};

// src/onnx/constants.ts
var CHAIN_LIMIT = 64;
var SHAPE_LIMIT = 64;
var Constants = class {
  bytes;
  #initializers;
  #producers = /* @__PURE__ */ new Map();
  #defaults = /* @__PURE__ */ new Set();
  #known = /* @__PURE__ */ new Map();
  #depth = 0;
  constructor(bytes, graph, irVersion) {
    this.bytes = bytes;
    this.#initializers = new Map(graph.initializers.map((one) => [one.name, one]));
    for (const node of graph.nodes) {
      for (const output of node.outputs) this.#producers.set(output, node);
    }
    if (irVersion < 4) return;
    for (const { name } of graph.inputs) if (this.#initializers.has(name)) this.#defaults.add(name);
  }
  at(name) {
    if (name === '' || this.#defaults.has(name)) return void 0;
    if (this.#known.has(name)) return this.#known.get(name);
    if (this.#depth === CHAIN_LIMIT) return void 0;
    this.#depth++;
    const constant = this.#make(name);
    this.#depth--;
    this.#known.set(name, constant);
    return constant;
  }
  /** Whether a run may replace the value, an initializer. */
  isDefault(name) {
    return this.#defaults.has(name);
  }
  /** The elements of a constant shape. */
  shapeAt(name) {
    const tensor = this.#tensorAt(name);
    if (tensor?.type !== 'I64' || tensor.count > SHAPE_LIMIT) return void 0;
    return integersOf(this.bytes, tensor);
  }
  producer(name) {
    return this.#producers.get(name);
  }
  /** The constant that is stored as `tensor`. */
  fromTensor(root, tensor) {
    const { shape, type } = tensor;
    const isUnread = !isReadable(type) && { unsupported: `is stored as ${type}` };
    const read2 = () => floatsOf(this.bytes, tensor);
    return { root, steps: [], shape, type, stored: type, ...isUnread, read: read2 };
  }
  /** The tensor of an initializer or of a `Constant`. */
  #tensorAt(name) {
    if (this.#defaults.has(name)) return void 0;
    const producer = this.#producers.get(name);
    if (!producer) return this.#initializers.get(name);
    if (producer.operation === 'Identity') return this.#initializers.get(producer.inputs[0] ?? '');
    return producer.operation === 'Constant'
      ? producer.attributes.get('value')?.tensors[0]
      : void 0;
  }
  #make(name) {
    const initializer = this.#initializers.get(name);
    if (initializer) return this.fromTensor(name, initializer);
    const node = this.#producers.get(name);
    if (node?.domain !== '' || node.outputs.length !== 1) return void 0;
    return constantNodes[node.operation]?.(this, node);
  }
};

// src/onnx/recognized.ts
var IS_DEFAULT = 'its weight is an input of the model with a default value';
function weightProblem({ shape, type, unsupported }, [least, most]) {
  if (!isFloatType(type)) return `its weight has the type ${type}`;
  if (unsupported) return `its weight ${unsupported}`;
  if (shape.length < least || shape.length > most) {
    return `its weight has ${shape.length} dimension${shape.length === 1 ? '' : 's'}`;
  }
  return shape.includes(0) ? 'its weight is empty' : void 0;
}

// src/onnx/convolution-layers.ts
function convolutionLayer(constants2, node) {
  const name = node.inputs[1] ?? '';
  const weight = constants2.at(name);
  if (!weight) return constants2.isDefault(name) ? IS_DEFAULT : 'its weight is not constant';
  const problem = weightProblem(weight, [3, 5]);
  if (problem) return problem;
  const geometry = geometryOf(constants2.bytes, node, weight.shape.slice(2));
  if (!geometry) return 'its attributes do not fit its weight';
  const [outputs, inputs] = weight.shape;
  const { groups } = geometry;
  if (outputs % groups !== 0) return `its ${groups} groups do not divide ${outputs} outputs`;
  if (groups > 1 && inputs === 1) return 'it is depthwise: each channel has its own small kernel';
  const bias = constants2.at(node.inputs[2] ?? '');
  return {
    ...{ kind: 'convolution', weight, place: 1, inputAxis: 1, groups },
    biases: bias ? outputs : 0,
  };
}
function geometryOf(bytes, node, kernel) {
  const axes = kernel.length;
  const list = (name, count2, otherwise) =>
    integersAttribute(bytes, node, name) ?? new Array(count2).fill(otherwise);
  const strides = list('strides', axes, 1);
  const dilations = list('dilations', axes, 1);
  const pads = list('pads', 2 * axes, 0);
  const stated = integersAttribute(bytes, node, 'kernel_shape') ?? kernel;
  const autoPad = textAttribute(bytes, node, 'auto_pad') ?? 'NOTSET';
  const groups = integerAttribute(bytes, node, 'group') ?? 1;
  const fits =
    strides.length === axes &&
    dilations.length === axes &&
    pads.length === 2 * axes &&
    stated.join() === kernel.join() &&
    [...strides, ...dilations, groups].every((value) => value > 0) &&
    ['NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'].includes(autoPad);
  if (!fits) return void 0;
  const pairs = kernel.map((_, axis) => [pads[axis], pads[axis + axes]]);
  return { groups, strides, dilations, pads: autoPad === 'NOTSET' ? pairs : void 0, autoPad };
}

// src/onnx/dense-layers.ts
var SWAPPED = [1, 0];
function denseLayer(constants2, node) {
  const [first = '', second = ''] = node.inputs;
  const [a, b] = [constants2.at(first), constants2.at(second)];
  if (a && b) return 'it computes a constant';
  const weight = b ?? a;
  if (!weight) {
    if (constants2.isDefault(first) || constants2.isDefault(second)) return IS_DEFAULT;
    return node.operation === 'MatMul' ? 'neither input is constant' : 'its weight is not constant';
  }
  const place = b ? 1 : 0;
  const problem = weightProblem(weight, [2, 2]);
  if (problem) return problem;
  const { bytes } = constants2;
  const isGemm = node.operation === 'Gemm';
  const isTransposed = (name) => isGemm && (integerAttribute(bytes, node, name) ?? 0) !== 0;
  const isSwapped = place === 1 ? !isTransposed('transB') : isTransposed('transA');
  const isTurned = isTransposed(place === 1 ? 'transA' : 'transB');
  const matrix = isSwapped ? transposed(weight, SWAPPED) : weight;
  const alpha = isGemm ? (floatAttribute(bytes, node, 'alpha') ?? 1) : 1;
  const bias = isGemm ? constants2.at(node.inputs[2] ?? '') : void 0;
  return {
    ...{ kind: 'dense', groups: 1, place, inputAxis: (place === 1) === isTurned ? -2 : -1 },
    ...{ biases: bias ? count(bias) : 0 },
    weight: alpha === 1 ? matrix : scaled(matrix, alpha),
  };
}
function scaled(from, factor) {
  return {
    ...from,
    steps: [...from.steps, `times ${factor}`],
    read: () => from.read().map((value) => value * factor),
  };
}
function count({ shape }) {
  return shape.reduce((product2, extent) => product2 * extent, 1);
}

// src/onnx/find-layers.ts
var rules = { Gemm: denseLayer, MatMul: denseLayer, Conv: convolutionLayer };
var OTHERS = ['ConvTranspose', 'Einsum', 'GRU', 'Gather', 'LSTM', 'RNN'];
function findLayers({ bytes, graph, irVersion }) {
  const constants2 = new Constants(bytes, graph, irVersion);
  const names2 = new NodeNames();
  const candidates = [];
  const whole2 = [];
  const computed = graph.nodes.filter(({ outputs }) => !constants2.at(outputs[0] ?? ''));
  for (const node of computed) {
    const { operation } = node;
    const name = names2.of(node);
    const rule = node.domain === '' && Object.hasOwn(rules, operation) && rules[operation];
    if (rule) {
      const found = isComplete(node) ? rule(constants2, node) : 'it lacks an input or an output';
      if (typeof found === 'string') whole2.push({ name, operation, reason: found });
      else candidates.push({ name, node, ...found });
    } else if (hasOtherWeights(constants2, node)) {
      whole2.push({ name, operation, reason: `weights of the operation ${operation} stay whole` });
    }
    for (const inner of nodesInside(node)) {
      if (!Object.hasOwn(rules, inner.operation)) continue;
      const reason = `it is inside ${labelOf(node)} (${operation})`;
      whole2.push({ name: names2.of(inner), operation: inner.operation, reason });
    }
  }
  const uses = usesOf(constants2, graph, computed, candidates);
  const layers2 = candidates.filter((layer) => {
    const other = uses.get(layer.weight.root).find(({ view }) => view !== viewOf(layer.weight));
    if (!other) return true;
    const { name, node } = layer;
    const reason = `its weight has another use: ${other.user}`;
    whole2.push({ name, operation: node.operation, reason });
    return false;
  });
  return { constants: constants2, layers: layers2, whole: whole2 };
}
function isComplete({ inputs, outputs }) {
  return inputs.length > 1 && inputs[0] !== '' && inputs[1] !== '' && outputs.length === 1;
}
function viewOf({ root, steps }) {
  return JSON.stringify([root, ...steps]);
}
function usesOf(constants2, graph, computed, candidates) {
  const uses = /* @__PURE__ */ new Map();
  const add = (name, use) => {
    const root = constants2.at(name)?.root;
    if (root === void 0) return;
    const known = uses.get(root);
    if (known) known.push(use);
    else uses.set(root, [use]);
  };
  const layers2 = new Map(candidates.map((layer) => [layer.node, layer]));
  for (const node of computed) {
    const layer = layers2.get(node);
    const user = labelOf(node);
    for (const [place, name] of node.inputs.entries()) {
      add(name, place === layer?.place ? { user, view: viewOf(layer.weight) } : { user });
    }
    for (const { graphs } of node.attributes.values()) {
      for (const body of graphs) for (const name of freeNames(body)) add(name, { user });
    }
  }
  for (const { name } of graph.outputs) add(name, { user: `the output '${name}' of the model` });
  return uses;
}
function hasOtherWeights(constants2, node) {
  if (node.domain === '' && !OTHERS.includes(node.operation)) return false;
  return node.inputs.some((name) => (constants2.at(name)?.shape.length ?? 0) >= 2);
}
function* nodesInside(node) {
  for (const { graphs } of node.attributes.values()) {
    for (const body of graphs) {
      for (const inner of body.nodes) {
        yield inner;
        yield* nodesInside(inner);
      }
    }
  }
}
var NodeNames = class {
  #taken = /* @__PURE__ */ new Set();
  of({ name, operation, outputs }) {
    const output = outputs.find((one) => one !== '') ?? operation;
    for (const one of name === '' ? [output] : [name, `${name}:${output}`]) {
      if (this.#take(one)) return one;
    }
    for (let count2 = 2; ; count2++) {
      const numbered = `${name === '' ? output : name}:${count2}`;
      if (this.#take(numbered)) return numbered;
    }
  }
  #take(name) {
    if (this.#taken.has(name)) return false;
    this.#taken.add(name);
    return true;
  }
};

// src/onnx/layers.ts
function constantLayers(file) {
  const { layers: layers2, whole: whole2 } = findLayers(file);
  return {
    whole: whole2,
    layers: layers2.map(({ name, node, kind, weight, place, groups, biases, inputAxis }) => ({
      ...{ name, kind, groups, biases, weight: weight.root },
      ...{ shape: weight.shape, dtype: weight.stored },
      operation: node.operation,
      input: { value: node.inputs[1 - place], axis: inputAxis },
      read: weight.read,
    })),
  };
}

// src/onnx/replace.ts
// src/onnx/carried-data.ts
// src/onnx/pieces.ts
import {
  closeSync as closeSync3,
  closeSync as closeSync4,
  constants,
  copyFileSync,
  mkdirSync,
  openSync as openSync3,
  openSync as openSync4,
  writeSync,
} from 'node:fs';
import { dirname as dirname2, join as join2, join as join3 } from 'node:path';

function lengthOf(pieces) {
  return pieces.reduce((sum, piece) => sum + sizeOf(piece), 0);
}
function fieldPieces(number, pieces) {
  return [tagged(Writer.create(), number).uint32(lengthOf(pieces)).finish(), ...pieces];
}
function written(write2) {
  const writer = Writer.create();
  write2(writer);
  return writer.finish();
}
var COPIED_AT_ONCE = 1 << 22;
function writePieces(file, pieces, source) {
  for (const piece of joined(pieces)) {
    if (piece instanceof Uint8Array) writeAll(file, piece);
    else if ('make' in piece) writeAll(file, piece.make());
    else {
      for (let { from } = piece; from < piece.to; from += COPIED_AT_ONCE) {
        writeAll(file, source.copy({ from, to: Math.min(from + COPIED_AT_ONCE, piece.to) }));
      }
    }
  }
}
function* joined(pieces) {
  let open;
  for (const piece of pieces) {
    if ('from' in piece && open?.to === piece.from) {
      open = { from: open.from, to: piece.to };
      continue;
    }
    if (open) yield open;
    open = 'from' in piece ? piece : void 0;
    if (!open) yield piece;
  }
  if (open) yield open;
}
function writeAll(file, bytes) {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, Math.min(bytes.length - done, 1 << 30));
  }
}
function sizeOf(piece) {
  return 'from' in piece ? piece.to - piece.from : piece.length;
}

// src/onnx/carried-data.ts
var ALIGNMENT = 4096;
function carriedData(bytes, graph, isKept) {
  const files = /* @__PURE__ */ new Map();
  const fileOf = ({ location, path: path2 }) => {
    const file = files.get(location) ?? {
      path: path2,
      tensors: [],
      isPartly: false,
      isFixed: false,
    };
    files.set(location, file);
    return file;
  };
  for (const tensor of graph.initializers) {
    if (tensor.elements.in !== 'file') continue;
    const file = fileOf(tensor.elements.place);
    if (isKept(tensor)) file.tensors.push({ tensor, place: tensor.elements.place });
    else file.isPartly = true;
  }
  for (const node of graph.nodes) {
    for (const { elements } of tensorsIn(node)) {
      if (elements.in !== 'file') continue;
      if (isKept(node)) fileOf(elements.place).isFixed = true;
      else fileOf(elements.place).isPartly = true;
    }
  }
  const moved = /* @__PURE__ */ new Map();
  const writes = [];
  for (const [location, file] of files) {
    if (file.tensors.length === 0 && !file.isFixed) continue;
    if (!file.isPartly || file.isFixed) {
      writes.push((folder) => copyWhole(file.path, join2(folder, location)));
      continue;
    }
    const places = packed(file.tensors);
    for (const { tensor, place } of file.tensors) {
      moved.set(tensor, movedTensor(bytes, tensor, location, places.get(keyOf(place))));
    }
    writes.push((folder) => copyPart(file, places, join2(folder, location)));
  }
  return { moved, write: (folder) => writes.forEach((write2) => void write2(folder)) };
}
function* tensorsIn(node) {
  for (const { tensors, graphs } of node.attributes.values()) {
    yield* tensors;
    for (const { initializers, nodes } of graphs) {
      yield* initializers;
      for (const inner of nodes) yield* tensorsIn(inner);
    }
  }
}
var keyOf = ({ from, to }) => `${from}-${to}`;
function packed(tensors) {
  const places = /* @__PURE__ */ new Map();
  let end = 0;
  for (const { place } of tensors.toSorted((a, b) => a.place.from - b.place.from)) {
    if (places.has(keyOf(place))) continue;
    const from = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    end = from + place.to - place.from;
    places.set(keyOf(place), { from, to: end });
  }
  return places;
}
var EXTERNAL_DATA = 13;
function movedTensor(bytes, { span }, location, place) {
  const kept = [];
  for (const field of fieldsOf(bytes, span)) {
    if (field.number !== EXTERNAL_DATA) kept.push(field.whole);
  }
  return fieldPieces(5, [...kept, written((writer) => writePlace(writer, location, place))]);
}
function writePlace(writer, location, { from, to }) {
  const entries = { location, offset: String(from), length: String(to - from) };
  for (const [key, value] of Object.entries(entries)) {
    tagged(writer, EXTERNAL_DATA).fork();
    tagged(writer, 1).string(key);
    tagged(writer, 2).string(value);
    writer.ldelim();
  }
}
function copyWhole(from, to) {
  mkdirSync(dirname2(to), { recursive: true });
  copyFileSync(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
}
var COPIED_AT_ONCE2 = 1 << 22;
function copyPart({ path: path2, tensors }, places, to) {
  mkdirSync(dirname2(to), { recursive: true });
  const source = openSync3(path2, 'r');
  const target = openSync3(to, 'wx');
  try {
    const old = new Map(tensors.map(({ place }) => [keyOf(place), place]));
    let end = 0;
    for (const [key, place] of places) {
      writeAll(target, new Uint8Array(place.from - end));
      const { from, to: last } = old.get(key);
      for (let at = from; at < last; at += COPIED_AT_ONCE2) {
        const piece = new Uint8Array(Math.min(COPIED_AT_ONCE2, last - at));
        readWhole(source, path2, piece, at);
        writeAll(target, piece);
      }
      end = place.to;
    }
  } finally {
    closeSync3(source);
    closeSync3(target);
  }
}

// src/onnx/new-parts.ts
var NewParts = class {
  constants = [];
  /** Node names and value names of the model. */
  #taken;
  #shared = /* @__PURE__ */ new Map();
  constructor(taken) {
    this.#taken = new Set(taken);
  }
  /** A name that nothing has. */
  name(wish) {
    let name = wish;
    for (let count2 = 2; this.#taken.has(name); count2++) name = `${wish}.${count2}`;
    this.#taken.add(name);
    return name;
  }
  /**
   * The name of the value.
   *
   * @param nodes gets the node that the value needs
   */
  constant(wanted, nodes) {
    const key = JSON.stringify([wanted.purpose, wanted.shape, wanted.type, wanted.stored]);
    const others = this.#shared.get(key) ?? [];
    const same = others.find((other) => areEqual(other.wanted.elements, wanted.elements));
    if (same) return same.value;
    const value = this.#add(wanted, nodes);
    this.#shared.set(key, [...others, { wanted, value }]);
    return value;
  }
  #add({ name, shape, elements, arranged, type, stored }, nodes) {
    if (!fitsIn(elements, stored)) {
      throw new ExpectedError(
        `'${name}' has values that ${stored} can't represent`,
        'Use another method or rate for this layer, or leave it whole.',
      );
    }
    const constant = this.name(name);
    const bytes = {
      length: elements.length * elementSize(stored),
      make: () => floatBytes(arranged ? arranged(elements) : elements, stored),
    };
    this.constants.push({ name: constant, type: codeOfFloats(stored), shape, bytes });
    if (stored === type) return constant;
    const attributes = { to: { kind: 'integer', value: codeOfFloats(type) } };
    const output = this.name(`${constant}.cast`);
    nodes.push({
      ...{ name: output, operation: 'Cast', inputs: [constant], outputs: [output] },
      ...{ attributes, notes: [] },
    });
    return output;
  }
};
function areEqual(a, b) {
  if (a === b) return true;
  const bytes = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength);
  return bytes(a).equals(bytes(b));
}

// src/onnx/replaced-layer.ts
function partConstant({ layer, parts, nodes }, part, shape = part.shape, arranged) {
  const { weight } = layer;
  const layout = arranged ? 'transposed' : 'plain';
  return parts.constant(
    {
      purpose: JSON.stringify([viewOf(weight), part.suffix, layout]),
      name: `${weight.root}.${part.suffix}`,
      ...{ shape, elements: part.data, ...(arranged && { arranged }) },
      ...typesOf(weight),
    },
    nodes,
  );
}
function biasConstant({ layer, parts, nodes }, shape, elements) {
  const { type } = typesOf(layer.weight);
  const purpose = JSON.stringify(['bias', layer.name]);
  const name = `${layer.name}.bias`;
  return parts.constant({ purpose, name, shape, elements, type, stored: type }, nodes);
}
function addAfter(rewriting, shape) {
  const { layer, replacement, parts, nodes } = rewriting;
  const constant = biasConstant(rewriting, shape, replacement.addedBias);
  const last = nodes.pop();
  const between = parts.name(last.name);
  nodes.push({ ...last, outputs: [between], notes: [] });
  nodes.push({
    ...{ name: parts.name(`${layer.name}.add`), operation: 'Add', inputs: [between, constant] },
    ...{ outputs: last.outputs, attributes: {}, notes: last.notes },
  });
}
function typesOf({ type, stored }) {
  return { type, stored };
}

// src/onnx/replaced-convolution.ts
function replaceConvolution(rewriting, constants2) {
  const { layer, replacement, parts, nodes } = rewriting;
  const { node, name } = layer;
  const biasName = node.inputs[2] ?? '';
  const { addedBias } = replacement;
  const bias = constants2.at(biasName);
  const known = bias?.unsupported === void 0 && bias?.shape[0] === addedBias?.length && bias;
  const isAddedAfter = addedBias !== void 0 && biasName !== '' && !known;
  let value = node.inputs[0];
  for (const [index, part] of replacement.parts.entries()) {
    const isLast = index === replacement.parts.length - 1;
    const inputs = [value, partConstant(rewriting, part)];
    if (isLast && addedBias && !isAddedAfter) {
      const sum = known ? sumOf(known.read(), addedBias) : addedBias;
      inputs.push(biasConstant(rewriting, [addedBias.length], sum));
    } else if (isLast && biasName !== '') inputs.push(biasName);
    const partName = parts.name(`${name}.${part.suffix}`);
    nodes.push({
      ...{ name: partName, operation: 'Conv', inputs, outputs: isLast ? node.outputs : [partName] },
      attributes: attributesOf(constants2.bytes, rewriting, part),
      notes: isLast ? node.notes : [],
    });
    value = partName;
  }
  if (isAddedAfter) addAfter(rewriting, [addedBias.length, ...layer.weight.shape.slice(2).fill(1)]);
}
function attributesOf(bytes, { layer }, part) {
  const kernel = layer.weight.shape.slice(2);
  const { strides, dilations, pads, autoPad } = geometryOf(bytes, layer.node, kernel);
  const keeps = kernel.map((_, axis) => part.keeps?.[axis] ?? false);
  const own = part.shape.slice(2);
  for (const [axis, extent] of kernel.entries()) {
    if (own[axis] === (keeps[axis] ? extent : 1)) continue;
    throw new Error(`a part [${part.shape}] for the kernel of '${layer.name}', [${kernel}]`);
  }
  const where = (kept, otherwise) => keeps.map((isKept, axis) => (isKept ? kept[axis] : otherwise));
  const integers = (value) => ({ kind: 'integers', value });
  return {
    kernel_shape: integers(own),
    strides: integers(where(strides, 1)),
    dilations: integers(where(dilations, 1)),
    group: { kind: 'integer', value: part.groups ?? 1 },
    ...(pads
      ? {
          pads: integers(
            [0, 1].flatMap((end) =>
              where(
                pads.map((pair) => pair[end]),
                0,
              ),
            ),
          ),
        }
      : { auto_pad: { kind: 'string', value: autoPad } }),
  };
}
function sumOf(a, b) {
  return a.map((value, index) => value + b[index]);
}

// src/onnx/replaced-dense.ts
function replaceMatMul(rewriting, ranks) {
  const { layer, replacement, parts, nodes } = rewriting;
  const { node, name, place } = layer;
  let value = node.inputs[1 - place];
  for (const [index, part] of replacement.parts.entries()) {
    const isLast = index === replacement.parts.length - 1;
    const [rows, columns] = part.shape;
    const constant =
      place === 1
        ? partConstant(rewriting, part, [columns, rows], (elements) =>
            transposedMatrix(elements, rows, columns),
          )
        : partConstant(rewriting, part);
    const partName = parts.name(`${name}.${part.suffix}`);
    nodes.push({
      ...{ name: partName, operation: 'MatMul', attributes: {}, notes: isLast ? node.notes : [] },
      inputs: place === 1 ? [value, constant] : [constant, value],
      outputs: isLast ? node.outputs : [partName],
    });
    value = partName;
  }
  const { addedBias } = replacement;
  if (!addedBias) return;
  if (place === 1) return addAfter(rewriting, [addedBias.length]);
  const rank = ranks(node.outputs[0]) ?? ranks(node.inputs[1]);
  if (rank === void 0) {
    throw new ExpectedError(
      `the layer '${name}' can't get a bias: the model does not state the shape of its output`,
      'Run the shape inference of ONNX on the model first, or choose a method that adds no bias.',
    );
  }
  addAfter(rewriting, rank === 1 ? [addedBias.length] : [addedBias.length, 1]);
}
function replaceGemm(rewriting, constants2) {
  const { layer, replacement, parts, nodes, opset } = rewriting;
  const { node, name, place, inputAxis } = layer;
  const bias = biasOf(rewriting, constants2);
  let value = node.inputs[1 - place];
  for (const [index, part] of replacement.parts.entries()) {
    const isLast = index === replacement.parts.length - 1;
    const constant = partConstant(rewriting, part);
    const isTurned = index === 0 && inputAxis === (place === 1 ? -2 : -1);
    const added = isLast ? bias.name : '';
    const third = added === '' && opset < 11 ? zero(rewriting) : added;
    const partName = parts.name(`${name}.${part.suffix}`);
    const flag = (isSet) => ({ kind: 'integer', value: isSet ? 1 : 0 });
    nodes.push({
      ...{ name: partName, operation: 'Gemm', notes: isLast ? node.notes : [] },
      inputs: [
        ...(place === 1 ? [value, constant] : [constant, value]),
        ...(third === '' ? [] : [third]),
      ],
      outputs: isLast ? node.outputs : [partName],
      attributes: {
        transA: flag(place === 1 && isTurned),
        transB: flag(place === 1 || isTurned),
        ...(isLast && bias.factor !== 1 && { beta: { kind: 'float', value: bias.factor } }),
      },
    });
    value = partName;
  }
  if (bias.isAddedAfter) addAfter(rewriting, alongOutputs(place, layer.weight.shape[0]));
}
function biasOf(rewriting, constants2) {
  const { layer, replacement } = rewriting;
  const { node, place } = layer;
  const name = node.inputs[2] ?? '';
  const factor = name === '' ? 1 : (floatAttribute(constants2.bytes, node, 'beta') ?? 1);
  const { addedBias } = replacement;
  if (!addedBias) return { name, factor, isAddedAfter: false };
  const outputs = addedBias.length;
  const shape = alongOutputs(place, outputs);
  const known = constants2.at(name);
  if (name !== '' && !(known && isAlong(known, shape))) {
    return { name, factor, isAddedAfter: true };
  }
  const old = known?.read();
  const sum = addedBias.map(
    (value, index) => value + (old ? factor * old[old.length === 1 ? 0 : index] : 0),
  );
  return { name: biasConstant(rewriting, shape, sum), factor: 1, isAddedAfter: false };
}
function alongOutputs(place, outputs) {
  return place === 1 ? [outputs] : [outputs, 1];
}
function isAlong({ shape, unsupported }, along) {
  if (unsupported !== void 0) return false;
  if (shape.every((extent) => extent === 1)) return true;
  return shape.join() === along.join() || shape.join() === [1, ...along].join();
}
function zero({ layer, parts, nodes }) {
  const type = layer.weight.type;
  const elements = new Float32Array(1);
  const wanted = { purpose: 'zero', name: 'zero', shape: [1], elements, type, stored: type };
  return parts.constant(wanted, nodes);
}

// src/onnx/unused-constants.ts
function unusedConstants(constants2, graph, chains) {
  const readers = /* @__PURE__ */ new Map();
  const count2 = (name, change) => {
    const total = (readers.get(name) ?? 0) + change;
    readers.set(name, total);
    return total;
  };
  for (const node of graph.nodes) {
    const chain = chains.get(node);
    for (const name of chain?.flatMap(({ inputs }) => inputs) ?? namesRead(node)) count2(name, 1);
  }
  for (const { name } of graph.outputs) count2(name, 1);
  const names2 = /* @__PURE__ */ new Set();
  const nodes = /* @__PURE__ */ new Set();
  const pending = Array.from(chains.keys(), ({ inputs }) => inputs).flat();
  for (const name of pending) {
    if (names2.has(name) || count2(name, 0) > 0 || !constants2.at(name)) continue;
    names2.add(name);
    const node = constants2.producer(name);
    if (!node) continue;
    nodes.add(node);
    for (const input of node.inputs) if (count2(input, -1) === 0) pending.push(input);
  }
  return { names: names2, nodes };
}

// src/onnx/write.ts
var attributeTypes = {
  float: 1,
  integer: 2,
  string: 3,
  floats: 6,
  integers: 7,
};
function writeNode(writer, node) {
  for (const input of node.inputs) tagged(writer, 1).string(input);
  for (const output of node.outputs) tagged(writer, 2).string(output);
  tagged(writer, 3).string(node.name);
  tagged(writer, 4).string(node.operation);
  for (const [name, attribute2] of Object.entries(node.attributes)) {
    message(writer, 5, () => writeAttribute(writer, name, attribute2));
  }
  if (node.domain) tagged(writer, 7).string(node.domain);
}
function writeAttribute(writer, name, attribute2) {
  tagged(writer, 1).string(name);
  const { kind, value } = attribute2;
  switch (kind) {
    case 'float':
      tagged(writer, 2, FIXED32).float(value);
      break;
    case 'integer':
      tagged(writer, 3, VARINT).int64(value);
      break;
    case 'string':
      tagged(writer, 4).string(value);
      break;
    case 'floats':
      for (const one of value) tagged(writer, 7, FIXED32).float(one);
      break;
    case 'integers':
      for (const one of value) tagged(writer, 8, VARINT).int64(one);
  }
  tagged(writer, 20, VARINT).int32(attributeTypes[kind]);
}

// src/onnx/written-graph.ts
function writtenModel(file, changes, limit, location) {
  const inside = modelPieces(file, changes, (constant) => tensorPieces(constant));
  if (lengthOf(inside) <= limit) return { model: inside, data: [] };
  const data = [];
  let end = 0;
  const outside = modelPieces(file, changes, (constant) => {
    const from = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    data.push(new Uint8Array(from - end), constant.bytes);
    end = from + constant.bytes.length;
    return tensorPieces(constant, { location, from, to: end });
  });
  return { model: outside, data };
}
function modelPieces(file, changes, tensor) {
  const { graphField, bytes } = file;
  const graph = fieldPieces(7, graphPieces(file, changes, tensor));
  return [{ from: 0, to: graphField.from }, ...graph, { from: graphField.to, to: bytes.size }];
}
function graphPieces(
  { graph, bytes, irVersion },
  { chains, constants: constants2, unused, carried },
  tensor,
) {
  const changed = /* @__PURE__ */ new Map();
  for (const [node, chain] of chains) changed.set(node.field.from, chain.flatMap(nodePieces));
  for (const node of unused.nodes) changed.set(node.field.from, []);
  for (const initializer of graph.initializers) {
    const moved = carried.moved.get(initializer);
    if (unused.names.has(initializer.name)) changed.set(initializer.field.from, []);
    else if (moved) changed.set(initializer.field.from, moved);
  }
  for (const { name, field } of [...graph.inputs, ...graph.values, ...graph.notes]) {
    if (unused.names.has(name)) changed.set(field.from, []);
  }
  const pieces = [];
  for (const { whole: whole2 } of fieldsOf(bytes, graph.span)) {
    pieces.push(...(changed.get(whole2.from) ?? [whole2]));
  }
  for (const constant of constants2) {
    pieces.push(...tensor(constant));
    if (irVersion < 4) pieces.push(...fieldPieces(11, [written((to) => writeInput(to, constant))]));
  }
  return pieces;
}
function nodePieces(node) {
  return fieldPieces(1, [written((writer) => writeNode(writer, node)), ...node.notes]);
}
var EXTERNAL2 = 1;
function tensorPieces({ name, type, shape, bytes }, place) {
  const head = written((writer) => {
    for (const extent of shape) tagged(writer, 1, VARINT).int64(extent);
    tagged(writer, 2, VARINT).int32(type);
    tagged(writer, 8).string(name);
    if (!place) return;
    writePlace(writer, place.location, place);
    tagged(writer, 14, VARINT).int32(EXTERNAL2);
  });
  return fieldPieces(5, place ? [head] : [head, ...fieldPieces(9, [bytes])]);
}
function writeInput(writer, { name, type, shape }) {
  tagged(writer, 1).string(name);
  message(writer, 2, () => {
    message(writer, 1, () => {
      tagged(writer, 1, VARINT).int32(type);
      message(writer, 2, () => {
        for (const extent of shape) {
          message(writer, 1, () => tagged(writer, 1, VARINT).int64(extent));
        }
      });
    });
  });
}

// src/onnx/replace.ts
var LIMIT = 2 ** 31 - 1;
function writeReplaced(file, replacements, folder, name, limit = LIMIT) {
  const { graph, bytes, opset } = file;
  const { layers: layers2, constants: constants2 } = findLayers(file);
  for (const known of replacements.keys()) {
    if (!layers2.some((layer) => layer.name === known)) throw new Error(`no layer '${known}'`);
  }
  const parts = new NewParts(namesIn(graph));
  const chains = /* @__PURE__ */ new Map();
  for (const layer of layers2) {
    const replacement = replacements.get(layer.name);
    if (!replacement) continue;
    const nodes = [];
    const rewriting = { layer, replacement, parts, nodes, opset };
    if (layer.kind === 'convolution') replaceConvolution(rewriting, constants2);
    else if (layer.node.operation === 'Gemm') replaceGemm(rewriting, constants2);
    else replaceMatMul(rewriting, (value) => rankOf(file, value));
    chains.set(layer.node, nodes);
  }
  const unused = unusedConstants(constants2, graph, chains);
  const carried = carriedData(bytes, graph, (part) =>
    'operation' in part ? !unused.nodes.has(part) : !unused.names.has(part.name),
  );
  const changes = { chains, constants: parts.constants, unused, carried };
  const location = `${name}.data`;
  const { model, data } = writtenModel(file, changes, limit, location);
  write(file, join3(folder, name), model);
  carried.write(folder);
  if (data.length > 0) write(file, join3(folder, location), data);
}
function write({ bytes }, path2, pieces) {
  const target = openSync4(path2, 'wx');
  try {
    writePieces(target, pieces, bytes);
  } finally {
    closeSync4(target);
  }
}
function* namesIn(graph) {
  for (const { name } of [...graph.inputs, ...graph.initializers, ...graph.values]) yield name;
  yield* graph.sparse;
  for (const node of graph.nodes) {
    yield node.name;
    yield* namesRead(node);
    yield* node.outputs;
    for (const { graphs } of node.attributes.values())
      for (const body of graphs) yield* namesIn(body);
  }
}
function rankOf({ graph, bytes }, name) {
  const stated = [...graph.values, ...graph.inputs, ...graph.outputs];
  const found = stated.find((one) => one.name === name);
  return found && tensorValue(bytes, found).shape?.length;
}

// test/onnx/full-rank.ts
function fullRank(layer, scheme) {
  const [outputs, inputs, ...kernel] = layer.shape;
  const size = kernel.reduce((product2, extent) => product2 * extent, 1);
  const { groups } = layer;
  const perGroup = outputs / groups;
  const ones = kernel.map(() => 1);
  const spatial = layer.kind === 'convolution' ? { groups } : {};
  const all = { ...spatial, keeps: kernel.map(() => true) };
  const none = { ...spatial, keeps: kernel.map(() => false) };
  const weight = layer.read();
  const mixedOutputs = () => {
    const mixed = new Float32Array(weight.length);
    const width = inputs * size;
    for (let group = 0; group < groups; group++) {
      const rows = weight.subarray(group * perGroup * width, (group + 1) * perGroup * width);
      mixed.set(reflectRows(rows, perGroup, width), group * perGroup * width);
    }
    return mixed;
  };
  const left = (data) => ({
    ...{ suffix: 'left', shape: [outputs, perGroup, ...ones], data, ...none },
  });
  const right = () => ({
    ...{ suffix: 'right', shape: [groups * inputs, inputs, ...ones] },
    ...{ data: repeated(reflection(inputs), groups), ...none },
  });
  const whole2 = { shape: layer.shape, ...all };
  switch (scheme) {
    case 'outputs': {
      const first = { ...whole2, suffix: 'right', data: mixedOutputs() };
      return { parts: [first, left(repeated(reflection(perGroup), groups))] };
    }
    case 'inputs': {
      const data = reflectInputs(weight, outputs, inputs, size);
      return { parts: [right(), { ...whole2, suffix: 'left', data }] };
    }
    case 'both': {
      const data = reflectInputs(mixedOutputs(), outputs, inputs, size);
      const core = { ...whole2, suffix: 'core', data };
      return { parts: [right(), core, left(repeated(reflection(perGroup), groups))] };
    }
    case 'spatial': {
      const [height, ...rest] = kernel;
      const ranks = inputs * height;
      const one = new Float32Array(ranks * ranks);
      for (let i = 0; i < ranks; i++) one[i * ranks + i] = 1;
      const firstShape = [groups * ranks, inputs, height, ...rest.map(() => 1)];
      const lastShape = [outputs, ranks, 1, ...rest];
      const keeps = kernel.map((_, axis) => axis === 0);
      return {
        parts: [
          { suffix: 'right', shape: firstShape, data: repeated(one, groups), keeps, groups },
          {
            ...{ suffix: 'left', shape: lastShape, data: weight, groups },
            keeps: keeps.map((isFirst) => !isFirst),
          },
        ],
      };
    }
  }
}
function axisOf(size) {
  const vector = Float64Array.from({ length: size }, (_, i) => Math.cos(1 + 2.3 * i));
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / norm);
}
function reflection(size) {
  const vector = axisOf(size);
  return Float32Array.from({ length: size * size }, (_, at) => {
    const [row, column] = [Math.floor(at / size), at % size];
    return (row === column ? 1 : 0) - 2 * vector[row] * vector[column];
  });
}
function reflectRows(data, rows, columns) {
  const vector = axisOf(rows);
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns; i++) sums[i] += vector[row] * data[row * columns + i];
  }
  return data.map((value, at) => value - 2 * vector[Math.floor(at / columns)] * sums[at % columns]);
}
function reflectInputs(data, outputs, inputs, size) {
  const mixed = new Float32Array(data.length);
  const step = inputs * size;
  for (let row = 0; row < outputs; row++) {
    const one = data.subarray(row * step, (row + 1) * step);
    mixed.set(reflectRows(one, inputs, size), row * step);
  }
  return mixed;
}
function repeated(data, times) {
  const all = new Float32Array(data.length * times);
  for (let i = 0; i < times; i++) all.set(data, i * data.length);
  return all;
}

import { mkdtempSync, readdirSync, rmSync, statSync as statSync3 } from 'node:fs';
import { basename, join as join4 } from 'node:path';
// ../ia-full-h.ts
import ort from 'onnxruntime-node';

var cpu = () => {
  const u = process.cpuUsage();
  return (u.user + u.system) / 1e6;
};
function rnd(n, seed = 1) {
  let s = seed;
  return () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 2 ** 31 - 1;
  };
}
var path = process.argv[2];
var out = process.argv[3] ?? mkdtempSync('/tmp/w/ia-out-');
var t0 = cpu();
var f = openOnnx(path);
var { layers, whole } = constantLayers(f);
var id = process.argv[4];
var map = new Map(
  layers.map((l) => {
    const [o, i, ...k] = l.shape;
    const small =
      l.kind === 'dense'
        ? o <= i
          ? 'outputs'
          : 'inputs'
        : o / l.groups <= i * k.reduce((a, b) => a * b, 1)
          ? 'outputs'
          : 'inputs';
    return [l.name, id ? plain(l) : fullRank(l, small)];
  }),
);
var t1 = cpu();
writeReplaced(f, map, out, basename(path));
var t2 = cpu();
f.close();
var peak = process.resourceUsage().maxRSS / 1024;
var reasons = {};
for (const w of whole) {
  const k = w.operation + ': ' + w.reason.replace(/'.*'/, "'..'");
  reasons[k] = (reasons[k] ?? 0) + 1;
}
console.log(
  basename(path),
  'layers',
  layers.length,
  'tied',
  layers.length - new Set(layers.map((l) => l.weight)).size,
  'whole',
  JSON.stringify(reasons),
);
console.log(
  '  open+factors',
  (t1 - t0).toFixed(2) + 's',
  'write',
  (t2 - t1).toFixed(2) + 's',
  'peak',
  peak.toFixed(0) + 'MB',
  'sizes',
  readdirSync(out)
    .map((n) => n + ':' + statSync3(join4(out, n)).size)
    .join(' '),
  'from',
  statSync3(path).size,
);
var feeds = {};
var g = rnd(1);
for (const i of f.inputs) {
  const shape = i.shape.map((e, a) => (typeof e === 'number' ? e : a === 0 ? 2 : 16));
  const n = shape.reduce((a, b) => a * b, 1);
  feeds[i.name] =
    i.type === 'I64'
      ? new ort.Tensor(
          'int64',
          BigInt64Array.from({ length: n }, () =>
            BigInt(
              i.name.includes('mask')
                ? 1
                : i.name.includes('type')
                  ? 0
                  : Math.floor((g() + 1) * 400),
            ),
          ),
          shape,
        )
      : new ort.Tensor(
          'float32',
          Float32Array.from({ length: n }, () => g()),
          shape,
        );
}
var opt = { executionProviders: ['cpu'], intraOpNumThreads: 2, logSeverityLevel: 3 };
var ref;
for (const p of [path, join4(out, basename(path))]) {
  const s = await ort.InferenceSession.create(p, opt);
  const r = await s.run(feeds);
  await s.release();
  if (!ref) {
    ref = r;
    continue;
  }
  for (const [k, v] of Object.entries(ref)) {
    const a = v.data,
      b = r[k].data;
    let max = 0,
      diff = 0;
    for (let j = 0; j < a.length; j++) {
      max = Math.max(max, Math.abs(Number(a[j])));
      diff = Math.max(diff, Math.abs(Number(a[j]) - Number(b[j])));
      if (Number.isNaN(b[j])) diff = NaN;
    }
    console.log(
      '  output',
      k,
      v.dims.join('x'),
      'largest',
      max.toExponential(2),
      'relative difference',
      (diff / max).toExponential(2),
    );
  }
}
if (!process.argv[3]) rmSync(out, { recursive: true });
function plain(l) {
  const [o, , ...k] = l.shape;
  const g2 = l.groups;
  const r = o / g2;
  const one = new Float32Array(o * r);
  for (let i = 0; i < o; i++) one[i * r + (i % r)] = 1;
  return {
    parts: [
      { suffix: 'right', shape: l.shape, data: l.read(), keeps: k.map(() => true), groups: g2 },
      {
        suffix: 'left',
        shape: [o, r, ...k.map(() => 1)],
        data: one,
        keeps: k.map(() => false),
        groups: g2,
      },
    ],
  };
}
if (id) {
  const { default: P } = await import('onnx-proto');
  const { readFileSync: readFileSync2 } = await import('node:fs');
  const t = P.onnx.TensorProto.decode(readFileSync2(id));
  const e = t.rawData?.length
    ? new Float32Array(new Uint8Array(t.rawData).buffer)
    : Float32Array.from(t.floatData);
  const s = await ort.InferenceSession.create(join4(out, basename(path)), opt);
  const i = f.inputs[0];
  const n = i.shape.reduce((a, b2) => a * b2, 1);
  const r = await s.run({
    [i.name]: new ort.Tensor('float32', new Float32Array(n).fill(0.5), i.shape),
  });
  const b = Object.values(r)[0].data;
  let d = 0,
    mx = 0;
  for (let j = 0; j < e.length; j++) {
    d = Math.max(d, Math.abs(e[j] - b[j]));
    mx = Math.max(mx, Math.abs(e[j]));
  }
  console.log('  stored output: difference', d / mx);
}
