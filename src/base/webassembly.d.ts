/** The used parts of WebAssembly. Node's types do not declare it, only those of browsers do. */
declare namespace WebAssembly {
  /** Sizes are pages of 64 KiB. */
  class Memory {
    constructor(size: { readonly initial: number; readonly maximum?: number });
    readonly buffer: ArrayBufferLike;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: object);
    readonly exports: Readonly<Record<string, unknown>>;
  }
}
