/** The file `model.onnx` of a network. */
import { writeOnnxFile } from '../../onnx/write-file.ts';
import type { Network } from '../model/weights.ts';
import type { About } from './about.ts';
import { IR_VERSION, onnxGraph } from './onnx-graph.ts';

export function writeOnnxExport(folder: string, network: Network, { text, metadata }: About): void {
  const about = {
    irVersion: IR_VERSION,
    producer: 'lowrank-pipeline',
    description: text,
    metadata,
  };
  writeOnnxFile(onnxGraph(network), { folder, file: 'model.onnx', about });
}
