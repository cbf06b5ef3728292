const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'", nbsp: " " };

/**
 * A documentation trait as plain text: without its HTML, on one line, and no longer than `longest` characters, cut after
 * a sentence where there is one to cut after. `undefined` where nothing is left.
 */
export function plainText(documentation: string | undefined, longest: number): string | undefined {
  const text = (documentation ?? "")
    .replaceAll(/<[^<>]*>/g, " ")
    .replaceAll(/&(?:#(\d{1,6})|(\w{2,6}));/g, (entity, code: string | undefined, name: string | undefined) =>
      code === undefined ? (entities[name ?? ""] ?? entity) : characterOf(Number(code), entity),
    )
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ([.,;:)])/g, "$1")
    .trim()
    .toWellFormed();
  if (text.length <= longest) return text === "" ? undefined : text;
  const cut = text.slice(0, longest - 3);
  const sentence = cut.lastIndexOf(". ");
  return sentence > longest / 3 ? cut.slice(0, sentence + 1) : `${cut.replace(/[\ud800-\udbff]$/, "").trimEnd()}...`;
}

function characterOf(code: number, entity: string): string {
  return code >= 32 && code <= 0x10ffff ? String.fromCodePoint(code) : entity;
}
