/** Instances of the WebAssembly modules that are stored in base64. */

type Imports = ConstructorParameters<typeof WebAssembly.Instance>[1];

/** `Exports` describes what the module exports. */
export function instantiate<Exports>(module: string, imports: Imports): Exports {
  const compiled = new WebAssembly.Module(Buffer.from(module, 'base64'));
  return new WebAssembly.Instance(compiled, imports).exports as unknown as Exports;
}
