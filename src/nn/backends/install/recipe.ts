/**
 * The parts of a native backend: the npm packages, and the exact wheels that contain libtensorflow, by their digests.
 *
 * The wheels are those of one Python version, since the library in them is the same for all versions. pip downloads
 * them with any version of Python. The CUDA versions are the minimum for this TensorFlow.
 */

import { isOnnx, packageOf } from '../names.ts';

/** Complete after npm has installed their packages. */
export type Ready = 'onnx' | 'onnx-gpu' | 'webgpu';

export type Installable = Ready | 'tensorflow' | 'tensorflow-gpu';

export interface Wheel {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

export interface Recipe {
  /** The version of the npm package with the binding. */
  readonly bindingVersion: string;
  /** The version of libtensorflow. */
  readonly tensorflow: string;
  /** The first one holds libtensorflow and its headers. */
  readonly wheels: readonly Wheel[];
  /** Tags of the platforms whose wheels run here, for pip. */
  readonly platforms: readonly string[];
  /** Gigabytes of disk space that the installation needs. */
  readonly gigabytes: number;
}

export const bindingVersion = '4.22.0';

/** As in `optionalDependencies` of `package.json`. */
export const onnxVersion = '1.30.0';

export function isReady(name: Installable): name is Ready {
  return name === 'webgpu' || isOnnx(name);
}

/** The version of the package that `packageOf` names. */
export function packageVersionOf(name: Installable): string {
  return isOnnx(name) ? onnxVersion : bindingVersion;
}

/** The packages that npm installs, by name and version. */
export function packagesOf(name: Installable): Readonly<Record<string, string>> {
  const packages = { [packageOf(name)]: packageVersionOf(name) };
  // The package that computes and the package that reaches the GPU are installed together.
  return name === 'webgpu' ? { ...packages, webgpu: '0.6.2' } : packages;
}

/** Python version of the wheels, for pip. */
export const pythonVersion = '3.12';

const tensorflow = '2.21.0';

/** Undefined if no wheel with a current libtensorflow runs on this kind of machine. */
export function recipeFor(
  name: Installable,
  { os, arch }: { readonly os: string; readonly arch: string },
): Recipe | undefined {
  if (os !== 'linux' || isReady(name)) return undefined;
  if (name === 'tensorflow-gpu') {
    if (arch !== 'x64') return undefined;
    const wheels = [cudaTensorflow, ...cuda];
    return { bindingVersion, tensorflow, wheels, platforms: platforms('x86_64'), gigabytes: 10 };
  }
  const wheel = cpuTensorflow[arch];
  if (!wheel) return undefined;
  const tags = platforms(arch === 'x64' ? 'x86_64' : 'aarch64');
  return { bindingVersion, tensorflow, wheels: [wheel], platforms: tags, gigabytes: 3 };
}

function platforms(machine: string): readonly string[] {
  return ['manylinux_2_27', 'manylinux2014', 'manylinux_2_17'].map((tag) => `${tag}_${machine}`);
}

const cpuTensorflow: Readonly<Record<string, Wheel>> = {
  x64: {
    name: 'tensorflow-cpu',
    version: tensorflow,
    sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
  },
  // The package that contains CUDA elsewhere does not for this machine.
  arm64: {
    name: 'tensorflow',
    version: tensorflow,
    sha256: 'b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552',
  },
};

const cudaTensorflow: Wheel = {
  name: 'tensorflow',
  version: tensorflow,
  sha256: 'b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0',
};

const CUDA: readonly (readonly [name: string, version: string, sha256: string])[] = [
  ['cublas', '12.5.3.2', 'ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b'],
  ['cuda-cupti', '12.5.82', 'bde77a5feb66752ec61db2adfe47f56b941842825b4c7e2068aff27c9d107953'],
  ['cuda-nvcc', '12.5.82', 'b03e545b8e8c3ce7ebcd7fc44063180ff52ff01d064ece2127ed90a04ef12cd0'],
  ['cuda-nvrtc', '12.5.82', '3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd'],
  ['cuda-runtime', '12.5.82', '3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115'],
  ['cudnn', '9.3.0.75', '9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d'],
  ['cufft', '11.2.3.61', '9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8'],
  ['curand', '10.3.6.82', '2823fb27de4e44dbb22394a6adf53aa6e1b013aca0f8c22867d1cfae58405536'],
  ['cusolver', '11.6.3.83', '93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b'],
  ['cusparse', '12.5.1.3', '016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752'],
  ['nccl', '2.27.7', 'de5ba5562f08029a19cb1cd659404b18411ed0d6c90ac5f52f30bf99ad5809aa'],
  ['nvjitlink', '12.5.82', 'f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212'],
];

const cuda: readonly Wheel[] = CUDA.map(([name, version, sha256]) => ({
  name: `nvidia-${name}-cu12`,
  version,
  sha256,
}));
