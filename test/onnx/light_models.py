"""
Fills the weights of a light model of the onnx package, which are constants, with random ones.

python light_models.py MODEL OUT: He initialization for kernels and matrices, statistics close to 0 and 1 for others.
A Softmax at the end is left out, because it would hide differences.
"""
import sys

import numpy as np
import onnx
from onnx import numpy_helper

model = onnx.load(sys.argv[1])
graph = model.graph
random = np.random.default_rng(1)
shapes = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
weights = {node.input[1] for node in graph.node if node.op_type in ("Conv", "Gemm", "MatMul")}
variances = {node.input[4] for node in graph.node if node.op_type == "BatchNormalization"}
scales = {node.input[1] for node in graph.node if node.op_type == "BatchNormalization"}
kept = []
for node in graph.node:
    name = node.output[0]
    if node.op_type != "ConstantOfShape":
        kept.append(node)
        continue
    shape = [int(extent) for extent in shapes[node.input[0]]]
    if name in weights:
        deviation = np.sqrt(2 / np.prod(shape[1:]))
        values = random.normal(0, deviation, shape)
    elif name in variances or name in scales:
        values = random.uniform(0.8, 1.2, shape)
    else:
        values = random.normal(0, 0.1, shape)
    graph.initializer.append(numpy_helper.from_array(values.astype(np.float32), name))
    graph.input.append(onnx.helper.make_tensor_value_info(name, 1, shape))
if kept[-1].op_type == "Softmax":
    graph.output[0].name = kept.pop().input[0]
del graph.node[:]
graph.node.extend(kept)
onnx.save(model, sys.argv[2])
