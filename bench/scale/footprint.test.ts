import { beforeAll, describe, expect, test } from "vitest";
import { type Footprint, measureFootprint } from "./footprint.ts";

let withSession: Footprint;
let withoutSession: Footprint;
beforeAll(async () => {
  withSession = await measureFootprint({ tools: 10, hasSession: true });
  withoutSession = await measureFootprint({ tools: 10, hasSession: false });
});

describe("what a decision leaves behind", () => {
  test("takes two write units for each begun kilobyte of its row, as transactions do, and as many for its session", () => {
    for (const [{ decisions }, session] of [
      [withSession, 1],
      [withoutSession, 0],
    ] as const) {
      for (const { itemBytes, rowUnits, writeUnits, indexUnits } of Object.values(decisions)) {
        const kilobytes = Math.ceil(itemBytes / 1_024);
        expect(rowUnits).toBe(2 * kilobytes);
        expect(writeUnits).toBe(2 * (kilobytes + session));
        // An index is written after the transaction, and so at the usual price.
        for (const units of Object.values(indexUnits)) expect(units).toBe(kilobytes);
      }
    }
  });

  test("is in the index only where it names a session", () => {
    expect(Object.keys(withSession.decisions["tools/call"].indexUnits)).toEqual(["byKind"]);
    expect(withoutSession.decisions["tools/call"].indexUnits).toEqual({});
  });

  test("is the same whenever it is measured", async () => {
    expect(await measureFootprint({ tools: 10, hasSession: true })).toEqual(withSession);
  });

  test("fits a chunk of the bus and of the queue", () => {
    const { eventBytes, messageBytes } = withSession.decisions["tools/call"];
    expect(messageBytes).toBeGreaterThan(eventBytes);
    expect(messageBytes).toBeLessThan(64 * 1_024);
  });
});

test("a look for changes reads one item of the gateway and one of its engine, whole and consistently", () => {
  expect(withSession.versionReads).toEqual([
    { units: 1, of: "gateway" },
    { units: 1, of: "engine" },
  ]);
});
