/** The page: a document that loads one script and one style sheet of the build. */

export interface PageFiles {
  readonly script: string;
  readonly style: string;
}

export interface PageFile {
  readonly type: string;
  readonly text: string;
}

export function pageFile({ script, style }: PageFiles, path: string): PageFile | undefined {
  switch (path) {
    case '/':
      return { type: 'text/html; charset=utf-8', text: DOCUMENT };
    case '/page.js':
      return { type: 'text/javascript; charset=utf-8', text: script };
    case '/page.css':
      return { type: 'text/css; charset=utf-8', text: style };
    case '/icon.svg':
      return { type: 'image/svg+xml', text: ICON };
    default:
      return undefined;
  }
}

const DOCUMENT = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>pipeline</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>
</head>
<body><div id="page"></div><noscript>This page needs JavaScript.</noscript></body>
</html>
`;

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M4 3v10M4 8h8" stroke="#0072b2" stroke-width="2" fill="none"/><circle cx="4" cy="3" r="2.5" fill="#0072b2"/><circle cx="4" cy="13" r="2.5" fill="#0072b2"/><circle cx="12" cy="8" r="2.5" fill="#d55e00"/></svg>`;
