/** The one list of convolution schemes. */
import { channel } from './channel.ts';
import type { ConvolutionScheme } from './convolution-scheme.ts';
import { input } from './input.ts';
import { spatial } from './spatial.ts';

export const convolutionSchemes: readonly ConvolutionScheme[] = [channel, input, spatial];
