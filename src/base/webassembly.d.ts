/** What of WebAssembly is used here; Node's own types leave it to those of browsers. */
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
