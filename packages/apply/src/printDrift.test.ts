import type { MemberDifference } from "@gatehouse/core/pinning/difference.ts";
import { expect, test } from "vitest";
import { printedDrift } from "./printDrift.ts";

const digest = `sha256:${"0".repeat(64)}`;
const of = (...tools: Parameters<typeof printedDrift>[0][number]["tools"]) =>
  printedDrift([{ gatewayIdentifier: "g", targetId: "t", target: "Bank", tools }]);

test("what has changed is told place by place, and word by word", () => {
  const differences: MemberDifference[] = [
    { path: "/description", kind: "CHANGED", before: "Pays an invoice", after: "Pays any invoice\nand more" },
    { path: "/inputSchema/properties/notes", kind: "ADDED", after: { type: "string" } },
    { path: "/inputSchema/required", kind: "CHANGED", before: ["a"], after: ["b"] },
    { path: "/title", kind: "REMOVED", before: "Pay" },
  ];
  expect(
    of({ name: "pay", kind: "CHANGED", observedDigest: digest, differences }),
  ).toBe(`~ Bank___pay: changed since it was approved
    ~ /description: Pays [-an-]{+any+} invoice{+
    and more+}
    + /inputSchema/properties/notes: {
      "type": "string"
    }
    - /inputSchema/required: [
      "a"
    ]
    + /inputSchema/required: [
      "b"
    ]
    - /title: Pay
1 of the tools to look at.`);
});

test("nothing that a terminal would act upon gets to it", () => {
  const differences: MemberDifference[] = [
    { path: "/a\u001b[2J", kind: "CHANGED", before: "a", after: "b\u202e\u001b[8m" },
    { path: "", kind: "ADDED", after: { name: "\u200b\u0007" } },
  ];
  const text = of({ name: "pay\u001b", kind: "NEW", observedDigest: digest, differences });
  expect(text).not.toMatch(/[\p{Cf}]|[^\P{Cc}\n]/u);
  expect(text).toContain("\\u{202e}\\u{1b}[8m");
});

test("what was refused, and that there is nothing, is said", () => {
  expect(of({ name: "pay", kind: "CHANGED", differences: [] })).toContain("was refused");
  expect(of()).toBe("Every tool is as it was approved.");
});
