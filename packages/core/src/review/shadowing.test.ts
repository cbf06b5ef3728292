import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { qualifiedName } from "../tools.ts";
import { callableNames, confusableForm, couldShadow, mentionsIn, shadowedBy } from "./shadowing.ts";

const target = fc.stringMatching(/^([0-9a-zA-Z]-?){1,10}$/);
const tool = fc.stringMatching(/^[A-Za-z0-9_./-]{1,12}$/);

describe("T12 shadowing", () => {
  test("is only found between targets that could shadow each other by their names", () => {
    fc.assert(
      fc.property(target, tool, target, tool, (a, oneTool, b, otherTool) => {
        const confused = confusableForm(qualifiedName(a, oneTool)) === confusableForm(qualifiedName(b, otherTool));
        if (confused) expect(couldShadow(a, b)).toBe(true);
      }),
    );
  });

  test("is found in whatever spelling", () => {
    const respelled = (name: string, flips: readonly boolean[]) =>
      [...name]
        .map((letter, index) => (flips[index % flips.length] ? letter.toUpperCase() : letter.toLowerCase()))
        .join("")
        .replaceAll(/[_.-]/g, () => (flips[0] ? "-" : "."));
    fc.assert(
      fc.property(target, tool, fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }), (name, own, flips) => {
        const neighbours = [{ name, tools: [own] }];
        expect(shadowedBy(respelled(name, flips), [respelled(own, flips)], neighbours)).toHaveLength(1);
      }),
    );
  });

  test("isn't found between tools of one name at targets of other names", () => {
    expect(shadowedBy("Orders", ["cancel"], [{ name: "Invoices", tools: ["cancel"] }])).toEqual([]);
    expect(shadowedBy("Orders", ["a_b"], [])).toEqual([]);
  });
});

describe("a mention", () => {
  const neighbours = [{ name: "Mail", tools: ["send_email", "sendFax", "send", "read"] }];
  const mentions = (text: string, own: string[] = []) => mentionsIn([text], callableNames(new Set(own), neighbours));

  test.each([
    ["First call Mail___send.", "Mail___send"],
    ["first call mail___SEND", "Mail___send"],
    ["after send_email,", "Mail___send_email"],
    ["`sendFax`", "Mail___sendFax"],
  ])("%s is one", (text, name) => {
    expect(mentions(text)).toEqual([name]);
  });

  test("isn't an everyday word, nor the name of a tool that the target has itself", () => {
    expect(mentions("read, then send")).toEqual([]);
    expect(mentions("like send_email", ["send_email"])).toEqual([]);
  });

  test("is looked for in time that doesn't grow with the square of a word", () => {
    expect(mentions(`${"-".repeat(300_000)}a send_email`)).toEqual(["Mail___send_email"]);
  });
});
