import { setTimeout as delay } from "node:timers/promises";

const writeAttempts = 3;

/** An issuer that rotates refresh tokens has made the old one void: the new one must not be lost to a passing failure. */
export async function persistently<Result>(write: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (attempt === writeAttempts) throw error;
      await delay(50 * attempt);
    }
  }
}
