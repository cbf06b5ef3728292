import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { inflateRawSync } from "node:zlib";

const endOfDirectory = 0x06054b50;
const stored = 0;

/** Unpacks a ZIP archive (APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16), as Lambda does. @returns the names of its files. */
export async function unzip(archive: string, folder: string): Promise<string[]> {
  const zip = await readFile(archive);
  let end = zip.length - 22;
  while (zip.readUInt32LE(end) !== endOfDirectory) end -= 1;
  const names: string[] = [];
  let entry = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((at) => zip.readUInt16LE(entry + at));
    const name = zip.toString("utf8", entry + 46, entry + 46 + (nameLength ?? 0));
    const header = zip.readUInt32LE(entry + 42);
    const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
    const data = zip.subarray(start, start + zip.readUInt32LE(entry + 20));
    const file = join(folder, name);
    // An entry that ends in a slash is a folder, which its files bring with them.
    if (!name.endsWith("/")) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, zip.readUInt16LE(entry + 10) === stored ? data : inflateRawSync(data));
      names.push(name);
    }
    entry += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
  }
  return names;
}
