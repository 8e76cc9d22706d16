/** Names files that are not ONNX models, or not whole. */
import { ExpectedError } from '../base/expected-error.ts';
import { LENGTH_DELIMITED } from '../base/protobuf.ts';
import { type FieldHead, fieldHead, HEAD_BYTES } from '../base/protobuf-reading.ts';
import type { ModelBytes } from './model-bytes.ts';

/** @throws ExpectedError if the file has another format, or is cut */
export function checkFile(bytes: ModelBytes): void {
  const begin = bytes.peek({ from: 0, to: Math.min(BEGIN_BYTES, bytes.size) });
  const other = otherFormat(Buffer.from(begin).toString('latin1'));
  if (other) {
    const message = `${bytes.path}: it is ${other.format}, and not an ONNX model`;
    throw new ExpectedError(message, other.advice);
  }
  const end = declaredSize(bytes);
  if (end !== undefined && end > bytes.size) {
    throw bytes.invalid(`it is cut: it has ${bytes.size} of at least ${end} bytes`);
  }
}

const BEGIN_BYTES = 64;

interface Format {
  readonly format: string;
  readonly advice: string;
}

/** The upper half of the length of its header, and the beginning of the header. A brace alone is in some models too. */
const SAFETENSORS = '\0\0\0\0{';

const PYTORCH = 'For a PyTorch model, run "pipeline init pytorch".';

function otherFormat(begin: string): Format | undefined {
  if (begin === '') return { format: 'empty', advice: 'Export or download the model again.' };
  if (begin.startsWith('version https://git-lfs')) {
    return { format: 'a pointer of Git LFS', advice: 'Run "git lfs pull".' };
  }
  if (begin.startsWith('PK\x03\x04')) {
    return { format: 'a ZIP archive, as PyTorch and NumPy write', advice: PYTORCH };
  }
  if (begin.startsWith(SAFETENSORS, 4)) return { format: 'a safetensors file', advice: PYTORCH };
  if (/^\s*<(?:!doctype|html|\?xml)/i.test(begin)) {
    return { format: 'a web page', advice: 'Download the file itself.' };
  }
  if (/^[\t\n\r\x20-\x7e]+$/.test(begin)) {
    return { format: 'a text file', advice: 'Name the .onnx file, or download it again.' };
  }
  return undefined;
}

/**
 * Where the last field ends, which may be after the end of the file. Undefined if the fields are not those of a model.
 */
function declaredSize(bytes: ModelBytes): number | undefined {
  let at = 0;
  while (at < bytes.size) {
    const rest = bytes.peek({ from: at, to: Math.min(at + HEAD_BYTES, bytes.size) });
    const head = fieldHead(rest) ?? fieldHead(withNextByte(rest));
    if (!head || !isOfModel(head)) return undefined;
    at += head.to;
  }
  return at;
}

/** A file that was cut within a number needs at least one more byte. */
function withNextByte(rest: Uint8Array): Uint8Array {
  return Uint8Array.of(...rest, 1);
}

/** Fields of ModelProto: versions, and texts and messages. */
const [VARINTS, LENGTHS] = [
  [1, 5],
  [2, 3, 4, 6, 7, 8, 14, 20, 25, 26],
];

function isOfModel({ number, wireType }: FieldHead): boolean {
  return (wireType === LENGTH_DELIMITED ? LENGTHS : VARINTS).includes(number);
}
