/** What DynamoDB adds to every item, and to every copy of it in an index, when it counts what is stored. */
const overheadBytes = 100;

/**
 * The size of an item as DynamoDB counts it, in bytes: the names of its attributes and their values in UTF-8
 * (DynamoDB Developer Guide, "DynamoDB item sizes and formats"). Only texts, numbers and binaries, which is all a ledger row has.
 */
export function itemBytes(item: Readonly<Record<string, unknown>>): number {
  const attributes = Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + valueBytes(name, value));
  return attributes.reduce((sum, bytes) => sum + bytes, 0);
}

/** What an item takes up in storage, in bytes: in its table, and once more in each index that projects all of it. */
export function storedBytes(item: Readonly<Record<string, unknown>>): number {
  return itemBytes(item) + overheadBytes;
}

function valueBytes(name: string, value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (value instanceof Uint8Array) return value.byteLength;
  // Two significant digits a byte, and one more.
  if (typeof value === "number") return Math.ceil(String(Math.abs(value)).replace(".", "").length / 2) + 1;
  throw new TypeError(`The attribute ${name} is neither a text, nor a number, nor a binary.`);
}
