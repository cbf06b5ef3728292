import { markdown, type Table } from "./table.ts";

/** Where a table is in a document: between `<!-- table: name -->` and `<!-- end -->`. */
const marked = /<!-- table: ([^>]+?) -->\n[\s\S]*?<!-- end -->/g;

/**
 * A document with its tables replaced by these.
 * @throws Error when the document has a table that is not among them, or lacks one that is.
 */
export function fill(document: string, tables: Readonly<Record<string, Table>>): string {
  const missing = new Set(Object.keys(tables));
  const filled = document.replace(marked, (_, name: string) => {
    const table = tables[name];
    if (table === undefined) throw new Error(`There is no table "${name}".`);
    missing.delete(name);
    return `<!-- table: ${name} -->\n${markdown(table)}\n<!-- end -->`;
  });
  if (missing.size > 0) throw new Error(`The document has no place for ${[...missing].join(", ")}.`);
  return filled;
}

/** The document that the tables are for. */
export const documentFile = new URL("../../docs/scale.md", import.meta.url);
