import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../testing/folder.ts";
import { type BusStore, openBusStore } from "./store.ts";

async function open(folder: string): Promise<BusStore> {
  const store = await openBusStore(folder, true);
  onTestFinished(() => store.close());
  return store;
}

const bodies = (messages: readonly { readonly body: string }[]) => messages.map(({ body }) => body);

test("messages of a queue come back in the order of their arrival, also after a restart", async () => {
  const folder = await temporaryFolder();
  const first = await openBusStore(folder, true);
  for (let index = 0; index < 40; index++) await first.append([{ queue: "record", body: String(index) }]);
  await first.append([{ queue: "other", body: "not mine" }]);
  await first.close();

  const second = await open(folder);
  await second.append([{ queue: "record", body: "40" }]);
  expect(bodies(await second.undelivered("record"))).toEqual(Array.from({ length: 41 }, (_, index) => String(index)));
});

test("what was acknowledged is still there after kill -9 (T22)", async () => {
  const folder = await temporaryFolder();
  const child = spawn(process.execPath, [join(import.meta.dirname, "../testing/appendAndHang.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");

  const store = await open(folder);
  expect(bodies(await store.undelivered("record")).sort()).toEqual(["one", "three", "two"]);
});

test("a message is removed when delivered, and moved when buried or redriven", async () => {
  const store = await open(await temporaryFolder());
  const [one, two] = await store.append([
    { queue: "record", body: "one" },
    { queue: "record", body: "two" },
  ]);
  if (one === undefined || two === undefined) throw new Error("Both are appended.");
  await store.remove([one.key]);
  await store.bury("record", { ...two, receiveCount: 2, lastError: "no" });
  expect(await store.undelivered("record")).toEqual([]);
  expect(await store.deadLetters("record")).toMatchObject([{ body: "two", receiveCount: 2, lastError: "no" }]);

  expect(await store.redrive("record")).toMatchObject([{ body: "two", receiveCount: 0, sentAt: two.sentAt }]);
  expect(await store.deadLetters("record")).toEqual([]);
  expect(bodies(await store.undelivered("record"))).toEqual(["two"]);
});

test("a folder that another store has open is refused with one line that says what to do", async () => {
  const folder = await temporaryFolder();
  await open(folder);
  await expect(openBusStore(folder, true)).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("choose another data folder with --data"),
  });
});
