import { crc32 } from "node:zlib";

/** Packs one file, uncompressed, into a ZIP archive (APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16), as Lambda takes it. */
export function zip(name: string, content: Uint8Array): Buffer {
  const [path, offset] = [Buffer.from(name), Buffer.alloc(4)];
  // Version 2.0, no flags, stored, 1 January 1980; the lengths of the name and of no extra field.
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(0x21, 8);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(content.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(path.length, 22);
  const file = Buffer.concat([Buffer.from("PK\x03\x04"), common, path, content]);
  // Made by Unix, where 0o644 in the upper half of the attributes says who may read.
  const attributes = Buffer.alloc(10);
  attributes.writeUInt32LE((0o100644 << 16) >>> 0, 6);
  const madeBy = Buffer.from([20, 3]);
  const directory = Buffer.concat([Buffer.from("PK\x01\x02"), madeBy, common, attributes, offset, path]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(file.length, 12);
  return Buffer.concat([file, directory, Buffer.from("PK\x05\x06"), end]);
}
