/** Enough that a chunk costs little, and little enough to be nothing in memory. */
const chunkLength = 64 * 1_024;
/** How long a line waits for others. */
const waitMilliseconds = 2_000;

/** Lines as bytes, in chunks. No more is read than is taken. */
export async function* chunksOf(
  lines: AsyncIterable<string>,
  clock: () => number = () => performance.now(),
): AsyncGenerator<Uint8Array> {
  let text = "";
  let sent = clock();
  for await (const line of lines) {
    text += line;
    if (text.length < chunkLength && clock() - sent < waitMilliseconds) continue;
    yield Buffer.from(text);
    text = "";
    sent = clock();
  }
  if (text !== "") yield Buffer.from(text);
}
