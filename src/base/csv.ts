/** Lines of CSV (RFC 4180). A library would be a dependency for this one rule. */

/** Text without the end of the line. */
export function csvLine(fields: readonly string[]): string {
  return fields.map(quoted).join(',');
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
