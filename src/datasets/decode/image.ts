/**
 * One PNG or JPEG file as whole bytes: grey or colour, eight bits a channel. Which of the two it is, its
 * first bytes say and not its name.
 */
import { UnfitData } from '../unfit-data.ts';
import type { DecodedImage, Refusal } from './decoded-image.ts';
import { decodeJpeg } from './jpeg.ts';
import { decodePng } from './png.ts';

/** @throws UnfitData where the file is no such image, is damaged, or has transparent parts */
export function decodeImage(file: string, bytes: Uint8Array): DecodedImage {
  const decode = decoderOf(bytes);
  const decoded = decode?.(bytes) ?? {
    refused: bytes.length === 0 ? 'is empty' : 'is neither PNG nor JPEG',
    advice: 'convert it to PNG, or take it out of the class folder',
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
