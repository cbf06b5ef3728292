import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quarantine, type ToolDescription } from "../storage/records.ts";
import { differencesBetween } from "./difference.ts";
import { digestOfTool } from "./digest.ts";
import { accept, countDrift, driftOf, newlyQuarantined } from "./drift.ts";
import { approved, distrust, maximumTools, type Pinned, reconcile } from "./reconcile.ts";

const quarantineAll = { changedTools: "QUARANTINE", newTools: "QUARANTINE" } as const;
const tool = (name: string, description: string): ToolDescription => ({
  name,
  description,
  inputSchema: { type: "object" },
});

/** What a target says at one moment: few names and few wordings, so that every kind of change comes up. */
const said = fc
  .uniqueArray(fc.record({ name: fc.constantFrom("a", "b", "c", "d"), words: fc.constantFrom("1", "2", "3") }), {
    selector: ({ name }) => name,
  })
  .map((tools) => tools.map(({ name, words }) => tool(name, words)));
const settings = fc.record({
  changedTools: fc.constantFrom("QUARANTINE" as const, "ACCEPT" as const),
  newTools: fc.constantFrom("QUARANTINE" as const, "ACCEPT" as const),
});

const offered = ({ tools }: Pinned) => tools.filter((one) => one.tool[quarantine] === undefined);
const digests = (tools: readonly ToolDescription[]) => new Set(tools.map(digestOfTool));

describe("T13 whatever a target says, and how often", () => {
  test("nothing is offered but what was approved and is still said", () => {
    fc.assert(
      fc.property(said, fc.array(said, { minLength: 1 }), (first, later) => {
        const pinned = later.reduce((before, tools) => reconcile(before, tools, quarantineAll), approved(first));
        const now = digests(later.at(-1) ?? []);
        const expected = first.map(digestOfTool).filter((digest) => now.has(digest));
        expect(
          offered(pinned)
            .map(({ digest }) => digest)
            .sort(),
        ).toEqual(expected.sort());
        for (const { tool: description, digest } of offered(pinned)) expect(digestOfTool(description)).toBe(digest);
      }),
    );
  });

  test("a name that was approved never comes to mean something else where changes need acceptance", () => {
    fc.assert(
      fc.property(
        said,
        fc.array(said),
        fc.constantFrom("QUARANTINE" as const, "ACCEPT" as const),
        (first, later, newTools) => {
          let pinned = approved(first);
          const meant = new Map<string, string>();
          for (const tools of [first, ...later]) {
            pinned = reconcile(pinned, tools, { changedTools: "QUARANTINE", newTools });
            for (const { tool: one, digest } of offered(pinned)) {
              expect(meant.get(one.name) ?? digest).toBe(digest);
              meant.set(one.name, digest);
            }
          }
        },
      ),
    );
  });

  test("the drift and what is offered make up what it says", () => {
    fc.assert(
      fc.property(said, fc.array(said, { minLength: 1 }), settings, (first, later, how) => {
        const pinned = later.reduce((before, tools) => reconcile(before, tools, how), approved(first));
        const waiting = driftOf(pinned).flatMap(({ observed }) => (observed ? [observed.digest] : []));
        const all = [...offered(pinned).map(({ digest }) => digest), ...waiting];
        expect(new Set(all)).toEqual(digests(later.at(-1) ?? []));
        const { changed, new: added, removed } = countDrift(driftOf(pinned));
        expect(changed + added + removed).toBe(driftOf(pinned).length);
      }),
    );
  });

  test("saying it twice changes nothing, and tells nobody twice", () => {
    fc.assert(
      fc.property(said, said, settings, (first, then, how) => {
        const once = reconcile(approved(first), then, how);
        const twice = reconcile(once, then, how);
        expect(twice).toEqual(once);
        expect(newlyQuarantined(once, twice)).toEqual([]);
      }),
    );
  });

  test("accepting all of it is as approving it", () => {
    fc.assert(
      fc.property(said, said, settings, (first, then, how) => {
        const pinned = reconcile(approved(first), then, how);
        const all = driftOf(pinned).map(({ name, observed }) => ({ name, digest: observed?.digest }));
        const accepted = accept(pinned, all);
        expect(driftOf(accepted)).toEqual([]);
        expect(new Set(accepted.tools.map(({ digest }) => digest))).toEqual(digests(then));
      }),
    );
  });

  test("a refused review only ever takes away", () => {
    fc.assert(
      fc.property(said, said, said, (first, then, refused) => {
        const before = reconcile(approved(first), then, quarantineAll);
        const after = distrust(before, refused);
        const names = (pinned: Pinned) => offered(pinned).map(({ tool: one }) => one.name);
        const changed = new Set(refused.map(({ name }) => name));
        const same = digests(refused);
        expect(names(after)).toEqual(
          offered(before)
            .filter(({ tool: one, digest }) => !changed.has(one.name) || same.has(digest))
            .map(({ tool: one }) => one.name),
        );
      }),
    );
  });
});

describe("an acceptance", () => {
  const pinned = reconcile(approved([tool("a", "1"), tool("b", "1")]), [tool("a", "2"), tool("c", "1")], quarantineAll);
  const is = digestOfTool;

  test("is of what was looked at, and of nothing else", () => {
    const conflict = (acceptance: { name: string; digest?: string }) =>
      expect(() => accept(pinned, [acceptance])).toThrow(expect.objectContaining({ code: "conflict" }));
    conflict({ name: "a", digest: is(tool("a", "1")) });
    conflict({ name: "a", digest: is(tool("a", "3")) });
    conflict({ name: "a" });
    conflict({ name: "b", digest: is(tool("b", "1")) });
    conflict({ name: "c" });
    conflict({ name: "nobody" });
  });

  test("of one tool leaves the others waiting", () => {
    const after = accept(pinned, [{ name: "a", digest: is(tool("a", "2")) }, { name: "b" }]);
    expect(after.tools.map(({ tool: one }) => [one.name, one.description])).toEqual([["a", "2"]]);
    expect(driftOf(after)).toMatchObject([{ name: "c", kind: "NEW" }]);
  });
});

test("new tools that are taken as they come end where a target is full, gone ones included", () => {
  const many = Array.from({ length: maximumTools }, (_, index) => tool(`old${index}`, "1"));
  const renamed = many.map(({ name }) => tool(`new${name}`, "1"));
  const pinned = reconcile(approved(many), renamed, { changedTools: "QUARANTINE", newTools: "ACCEPT" });
  expect(countDrift(driftOf(pinned))).toEqual({ changed: 0, new: maximumTools, removed: maximumTools });
});

describe("differences", () => {
  test("are told place by place, by JSON pointers", () => {
    const before = { description: "a", inputSchema: { properties: { "a/b": { type: "string" }, c: { enum: ["x"] } } } };
    const after = { title: "t", description: "b", inputSchema: { properties: { c: { enum: ["x", "y"] }, d: {} } } };
    expect(differencesBetween(before, after)).toEqual([
      { path: "/description", kind: "CHANGED", before: "a", after: "b" },
      { path: "/inputSchema/properties/a~1b", kind: "REMOVED", before: { type: "string" } },
      { path: "/inputSchema/properties/c/enum", kind: "CHANGED", before: ["x"], after: ["x", "y"] },
      { path: "/inputSchema/properties/d", kind: "ADDED", after: {} },
      { path: "/title", kind: "ADDED", after: "t" },
    ]);
  });

  test("are there exactly where digests differ", () => {
    fc.assert(
      fc.property(said, said, ([one = tool("a", "1")], [other = tool("a", "1")]) => {
        const none = differencesBetween(one as never, other as never).length === 0;
        expect(none).toBe(digestOfTool(one) === digestOfTool(other));
      }),
    );
  });
});
