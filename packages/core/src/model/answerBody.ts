/** The largest body that is read of a model's endpoint, in bytes. The longest answers of models are a tenth of it. */
export const largestAnswer = 1_000_000;

/**
 * The body of an answer as it comes, up to {@link largestAnswer}.
 * @throws if there is more; what is left is not read.
 */
export async function* upToLargestAnswer(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > largestAnswer) throw new Error(`its answer is larger than ${largestAnswer} bytes`);
    yield chunk;
  }
}

/** @throws if an answer is a redirect, which is not followed: nobody has said that what it leads to may be trusted. */
export function refuseRedirect(status: number): void {
  if (status >= 300 && status < 400) throw new Error(`it answered with a redirect (${status}), which is not followed`);
}

/** @throws if what an answer says of itself is anything but JSON, as the pages of proxies and captive portals do. */
export function refuseOtherThanJson(contentType: string | null | undefined): void {
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(contentType ?? "")) {
    throw new Error(
      `its answer is ${contentType ? `of the type ${contentType.slice(0, 100)}` : "of no type"}, not JSON`,
    );
  }
}
