/** Lines of CSV (RFC 4180). A library is not worth it for one rule. */

/** Returns the line without a line end. */
export function csvLine(fields: readonly string[]): string {
  return fields.map(quoted).join(',');
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
