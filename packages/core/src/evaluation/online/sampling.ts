import { createHash } from "node:crypto";

/** As many bits of a digest as a number holds with room to spare. */
const bytes = 6;

/**
 * Whether a session is in the sample: its place between 0 and 1, which the first six bytes of the SHA-256 of its id say, is
 * below the percentage. So it is the same whoever asks, whenever and however often; and a sample has every smaller one in
 * it, whatever configuration it is of, so that two evaluators that judge a share of the sessions judge the same ones.
 * @param percentage from 0 to 100.
 */
export function isSampled(sessionId: string, percentage: number): boolean {
  const place = createHash("sha256").update(sessionId).digest().readUIntBE(0, bytes) / 2 ** (8 * bytes);
  return place < percentage / 100;
}
