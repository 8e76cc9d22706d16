/** Attributes of TensorFlow's operations. */

export type AttributeValue =
  | { readonly kind: 'type' | 'integer' | 'float'; readonly value: number }
  | { readonly kind: 'integers' | 'floats' | 'shape'; readonly value: readonly number[] }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: TensorValue };

/** Elements row-major, in the byte order of the machine. */
export interface TensorValue {
  readonly type: number;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** The numbers that TensorFlow gives to element types. */
export const FLOAT = 1;
export const INTEGER = 3;

export const float32: AttributeValue = { kind: 'type', value: FLOAT };
export const int32: AttributeValue = { kind: 'type', value: INTEGER };
