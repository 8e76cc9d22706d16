/**
 * Opens any ONNX model: opset 7 to 22, weights inside or as external data. The structure is read and checked at once;
 * the elements of tensors are read on request.
 */
import { checkFile } from './check-file.ts';
import { checkGraph } from './check-graph.ts';
import { type Field, fieldsOf, integerOf, spanOf, textOf } from './fields.ts';
import { type Locate, ModelBytes, type Span } from './model-bytes.ts';
import { readGraph, type StoredGraph } from './stored-graph.ts';
import { type TensorValue, tensorValue } from './tensor-value.ts';

export interface OnnxFile {
  readonly path: string;
  readonly irVersion: number;
  /** The version of the standard operators. */
  readonly opset: number;
  /** What a run must be given. Initializers are not among them. */
  readonly inputs: readonly TensorValue[];
  readonly outputs: readonly TensorValue[];
  readonly graph: StoredGraph;
  /** The field of the model that is the graph. */
  readonly graphField: Span;
  readonly bytes: ModelBytes;
  /** Locations of external data. */
  readonly externalFiles: readonly string[];
  close(): void;
}

const [OLDEST, NEWEST] = [7, 22];

/**
 * @param locate finds external data. Default: beside the file.
 * @throws ExpectedError if the file is damaged or cut, has another format, or is a form of ONNX that is not read here
 */
export function openOnnx(path: string, locate?: Locate): OnnxFile {
  const bytes = new ModelBytes(path, locate);
  try {
    checkFile(bytes);
    return read(bytes);
  } catch (problem) {
    bytes.close();
    throw problem;
  }
}

function read(bytes: ModelBytes): OnnxFile {
  const opsets = new Map<string, number>();
  let irVersion = 0;
  let graphField: Field | undefined;
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
    externalFiles: [...bytes.locations],
    close: () => bytes.close(),
  };
}

function addOpset(bytes: ModelBytes, span: Span, opsets: Map<string, number>): void {
  let [domain, version] = ['', 0];
  for (const field of fieldsOf(bytes, span)) {
    if (field.number === 1) domain = textOf(bytes, field);
    else if (field.number === 2) version = integerOf(bytes, field);
  }
  opsets.set(domain === 'ai.onnx' ? '' : domain, version);
}
