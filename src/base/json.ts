/** Plain JSON values: the content of documents, of messages between processes, and of the journal. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}
