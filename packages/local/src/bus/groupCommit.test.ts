import { expect, test } from "vitest";
import { groupCommit } from "./groupCommit.ts";

test("items that arrive during a write go together into the next one", async () => {
  const writes: { readonly items: readonly number[]; readonly done: PromiseWithResolvers<void> }[] = [];
  const commit = groupCommit<number>((items) => {
    const done = Promise.withResolvers<void>();
    writes.push({ items, done });
    return done.promise;
  });
  const first = commit([1]);
  const others = Promise.all([commit([2]), commit([3, 4])]);
  expect(writes.map(({ items }) => items)).toEqual([[1]]);
  writes[0]?.done.resolve();
  await first;
  await Promise.resolve();
  expect(writes.map(({ items }) => items)).toEqual([[1], [2, 3, 4]]);
  writes[1]?.done.resolve();
  await others;
});

test("a failed write fails those whose items it carried, and nobody else", async () => {
  let writes = 0;
  const commit = groupCommit<number>(async () => {
    writes += 1;
    if (writes === 1) throw new Error("The disk is full.");
  });
  const outcomes = await Promise.allSettled([commit([1]), commit([2])]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
});
