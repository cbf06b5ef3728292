import { expect, test } from "vitest";
import { lazily } from "./lazily.ts";

test("something is made once, when it is first asked for, and again where that has failed", async () => {
  let attempts = 0;
  const value = lazily(async () => {
    attempts += 1;
    if (attempts === 1) throw new Error("not yet");
    return { attempts };
  });
  expect(attempts).toBe(0);
  expect(await Promise.allSettled([value(), value()])).toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
  expect(attempts).toBe(1);
  const [first, second] = await Promise.all([value(), value()]);
  expect(first).toBe(second);
  expect(attempts).toBe(2);
});
