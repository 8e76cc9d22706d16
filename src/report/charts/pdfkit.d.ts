/** The part of packages without types that `pdf.ts` uses. */

declare module 'pdfkit' {
  export default class PDFDocument {
    constructor(options: object);
    on(event: 'data', listener: (part: Uint8Array) => void): void;
    on(event: 'end', listener: (nothing?: unknown) => void): void;
    registerFont(name: string, font: object): void;
    scale(factor: number): void;
    end(): void;
  }
}

declare module 'svg-to-pdfkit' {
  export default function drawSvg(
    document: object,
    svg: string,
    x: number,
    y: number,
    options: {
      readonly width: number;
      readonly height: number;
      readonly assumePt: boolean;
      readonly fontCallback: () => string;
      readonly warningCallback: (message: string) => void;
    },
  ): void;
}

declare module 'fontkit' {
  export function create(file: Uint8Array): object;
}
