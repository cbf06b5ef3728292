import { expect, test } from "vitest";
import { createAfterwards } from "./afterwards.ts";

test("what is left for later is done after the answer, and the host isn't done before", async () => {
  const log: string[] = [];
  const afterwards = createAfterwards((line) => log.push(line));
  const answering = afterwards.begin();
  const { promise: working, resolve: finish } = Promise.withResolvers<void>();
  answering.take(async () => {
    log.push("work");
    await working;
  });
  const done = afterwards.done().then(() => log.push("done"));
  log.push("answer");
  const given = answering.given();
  await expect.poll(() => log).toContain("work");
  expect(log).toEqual(["answer", "work"]);
  finish();
  await Promise.all([given, done]);
  expect(log).toEqual(["answer", "work", "done"]);
});

test("what fails is logged, and holds up nothing", async () => {
  const log: string[] = [];
  const afterwards = createAfterwards((line) => log.push(line));
  const answering = afterwards.begin();
  answering.take(async () => {
    throw new Error("it broke");
  });
  answering.take(async () => void log.push("next"));
  await answering.given();
  await afterwards.done();
  expect(log).toEqual(["After an answer: it broke", "next"]);
});

test("what comes after the answer was given is done at once", async () => {
  const log: string[] = [];
  const afterwards = createAfterwards((line) => log.push(line));
  const answering = afterwards.begin();
  await answering.given();
  answering.take(async () => void log.push("work"));
  expect(log).toEqual(["work"]);
});
