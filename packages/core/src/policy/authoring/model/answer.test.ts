import { describe, expect, test } from "vitest";
import { readAnswer } from "./answer.ts";

const array = `[{"fragment": "a [b]", "cedar": "permit(principal, action in [A], resource);"}, {"fragment": "c", "notTranslatable": "no"}]`;
const entries = JSON.parse(array);

describe("an answer is read", () => {
  test.for<[string, string]>([
    ["alone", array],
    ["in white space", `\n ${array}\n`],
    ["in a fence", `\`\`\`json\n${array}\n\`\`\``],
    ["in a fence without a language", `\`\`\`\n${array}\n\`\`\``],
    ["in a fence with words around", `Here you are [as asked]:\n\`\`\`json\n${array}\n\`\`\`\nAsk [me] for more.`],
    ["with words before and behind", `Here you are:\n${array}\nAnything else?`],
    ["with brackets in the words before", `Here [as asked] you are:\n${array}`],
    ["after what the model thought", `<think>Perhaps [] or [{"fragment":"x"}]?</think>${array}`],
  ])("%s", ([, text]) => {
    expect(readAnswer(text)).toEqual(entries);
  });
});

describe("an answer is refused", () => {
  test.for<[string, string, RegExp]>([
    ["that is empty", "", /no JSON array/],
    ["that is cut off", array.slice(0, -5), /no JSON array|shape/],
    ["that is an object", `{"fragment": "a", "cedar": "x"}`, /shape/],
    ["with both a policy and none", `[{"fragment":"a","cedar":"b","notTranslatable":"c"}]`, /shape/],
    ["with neither", `[{"fragment":"a"}]`, /shape/],
    ["with more than was asked for", `[{"fragment":"a","cedar":"b","confidence":1}]`, /shape/],
    ["with keys that reach a prototype", `[{"fragment":"a","cedar":"b","__proto__":{}}]`, /shape/],
    ["with an empty policy", `[{"fragment":"a","cedar":""}]`, /shape/],
    ["with too many entries", JSON.stringify(Array(51).fill({ fragment: "a", cedar: "b" })), /more than 50/],
    ["with too long a policy", JSON.stringify([{ fragment: "a", cedar: "b".repeat(10_001) }]), /shape/],
  ])("%s", ([, text, problem]) => {
    expect(readAnswer(text)).toMatch(problem);
  });

  test("in time, however large and odd it is (T11)", () => {
    for (const text of ["[", "[{", "```json\n", "`".repeat(3), "]", "\n[ ", "\n", "[ \n", "```\n", "</think>", "[1,"]) {
      expect(readAnswer(text.repeat(1_000_000 / text.length))).toEqual(expect.any(String));
      expect(readAnswer(`\`\`\`${text.repeat(1_000_000 / text.length)}`)).toEqual(expect.any(String));
    }
    expect(readAnswer(`[${"1,".repeat(400_000)}1]`)).toEqual(expect.any(String));
    const keys = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, i]));
    expect(readAnswer(JSON.stringify([{ fragment: "a", cedar: "b", ...keys }]))).toEqual(expect.any(String));
  });
});
