/**
 * Decodes one PNG or JPEG file to bytes: grey or colour, eight bits per channel. The first bytes of the file
 * decide the format, not its name.
 */
import { UnfitData } from '../unfit-data.ts';
import type { DecodedImage, Refusal } from './decoded-image.ts';
import { decodeJpeg } from './jpeg.ts';
import { decodePng } from './png.ts';

/** @throws UnfitData if the file is neither format, is damaged, or has transparent parts */
export function decodeImage(file: string, bytes: Uint8Array): DecodedImage {
  const decode = decoderOf(bytes);
  const decoded = decode?.(bytes) ?? {
    refused: bytes.length === 0 ? 'is empty' : 'is neither PNG nor JPEG',
    advice: 'convert it to PNG, or remove it from the class folder',
  };
  if ('refused' in decoded) throw new UnfitData(`${file} ${decoded.refused}`, decoded.advice);
  return decoded;
}

function decoderOf(bytes: Uint8Array): ((bytes: Uint8Array) => DecodedImage | Refusal) | undefined {
  if (beginsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return decodePng;
  if (beginsWith(bytes, [0xff, 0xd8, 0xff])) return decodeJpeg;
  return undefined;
}

function beginsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}
