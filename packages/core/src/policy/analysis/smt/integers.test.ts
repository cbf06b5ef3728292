import { expect, test } from "vitest";
import { exactConditions } from "./integers.ts";

test.for([
  ["9223372036854775807", "9223372036854775807"],
  ["-9223372036854775808", "-9223372036854775808"],
  ["1 + 9007199254740993", "9007199254740993"],
  [`principal.id == "9007199254740993" || 9007199254740995 > 1 // 9007199254740997`, "9007199254740995"],
])("%s is read exactly", ([expression = "", digits]) => {
  const conditions = exactConditions(`permit(principal, action, resource) when { [${expression}\n].isEmpty() };`);
  const longs = JSON.stringify(conditions).match(/(?<="__long":")[^"]+/g);
  expect(longs).toEqual([digits]);
});

test("small integers stay as they are", () => {
  const conditions = exactConditions("permit(principal, action, resource) when { 1 < 9007199254740991 };");
  expect(conditions).toEqual([
    { kind: "when", body: { "<": { left: { Value: 1 }, right: { Value: 9007199254740991 } } } },
  ]);
});
