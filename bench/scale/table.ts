/** A table for people: its cells are written as they are to be read. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A table in Markdown, without a line feed at its end. */
export function markdown({ columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(columns), `|${columns.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

/** A table as rows of cells by column, as `console.table` takes it. */
export function rowsOf({ columns, rows }: Table): Record<string, string>[] {
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index] ?? ""])));
}

/** A number to so many significant digits, with thousands set apart; `-` where there is no end to it. */
export function count(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return "-";
  return Number(value.toPrecision(digits)).toLocaleString("en-US", { maximumFractionDigits: 6 });
}

/** A load as a column's name; not a number alone, because those would come first among a row's columns. */
export function perSecond(load: number): string {
  return `${count(load, 6)}/s`;
}

/** Dollars with two digits after the point. */
export function dollars(value: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** A share as a percentage; small ones with a digit after the point. */
export function percent(share: number): string {
  const value = share * 100;
  if (!Number.isFinite(value)) return "-";
  if (value > 0 && value < 0.05) return "< 0.1 %";
  return `${value < 10 ? value.toLocaleString("en-US", { maximumFractionDigits: 1 }) : Math.round(value).toLocaleString("en-US")} %`;
}
