/** A cell of a table; nothing where there is none. */
export type Cell = string | number | boolean | null | undefined;

/** A table as it is written: a row has a cell for each column. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A table as CSV (RFC 4180), with a header line. */
export function csvOf({ columns, rows }: Table): string {
  return [columns, ...rows].map(csvLine).join("");
}

/** One line of CSV, with its end. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(field).join(",")}\r\n`;
}

/**
 * A text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV Injection"): the names of
 * tools and principals are whatever somebody has called them.
 */
function field(cell: Cell): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell !== "string") return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
