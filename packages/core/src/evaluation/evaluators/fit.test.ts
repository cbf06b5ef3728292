import { describe, expect, test } from "vitest";
import { roughTokens } from "../../model/tokens.ts";
import type { Subject } from "../evaluator.ts";
import { fit } from "./fit.ts";
import { materialOf, renderLine } from "./material.ts";
import { partsOf } from "./parts.ts";
import { sectionsAt } from "./sections.ts";
import { conversation, lastOf, linesOf, toolCall, turn } from "./testing.ts";

function material(subject: Subject, tokens: number) {
  const { text, leftOut } = materialOf(partsOf(subject, sectionsAt[subject.level], {}), tokens);
  return { text, leftOut, lines: linesOf(text) };
}

/** Turns with a call each, whose result is long. */
function long(turns: number, result: number, said = 20) {
  return conversation(
    ...Array.from({ length: turns }, (_, index) =>
      turn(`trace-${index + 1}`, {
        request: `request ${index + 1} ${"q".repeat(said)}`,
        response: `response ${index + 1} ${"a".repeat(said)}`,
        steps: [toolCall("read", { result: `begin ${"r".repeat(result)} end` })],
      }),
    ),
  );
}

const tokensOf = (subject: Subject) => roughTokens(material(subject, 1e9).text);

describe("what doesn't fit is left out in this order:", () => {
  test("nothing where all of it fits to the last token", () => {
    const subject = lastOf("SESSION", long(5, 3_000));
    const tokens = tokensOf(subject);
    expect(material(subject, tokens).leftOut).toEqual([]);
    expect(material(subject, tokens - 1).leftOut).not.toEqual([]);
  });

  test("first the middle of what tools returned, down to 2,000 characters", () => {
    const subject = lastOf("SESSION", long(5, 3_000));
    const { lines, leftOut } = material(subject, tokensOf(subject) - 1);
    expect(leftOut).toEqual(["the middle of 5 texts, 5050 characters in all"]);
    const call = lines.find(({ kind }) => kind === "toolCall");
    expect(call).toMatchObject({ tool: "read", arguments: {}, leftOutCharacters: { result: 1_010 } });
    expect(call?.result).toMatch(/^begin r{1328}\[…\]r{662} end$/);
  });

  test("then down to 400, and with it what was said before the judged turn", () => {
    const { lines } = material(lastOf("TRACE", long(4, 3_000, 4_000)), 8_000);
    expect(lines.filter(({ kind }) => kind === "toolCall")).toHaveLength(4);
    expect(lines.find(({ kind }) => kind === "toolCall")).toMatchObject({ leftOutCharacters: { result: 2_610 } });
    expect(lines.find(({ kind }) => kind === "user")).toMatchObject({ leftOutCharacters: { text: 2_010 } });
    expect(lines.at(-1)?.text).toBe(`response 4 ${"a".repeat(4_000)}`);
  });

  test("then whole turns from the second on, as few as will do", () => {
    const subject = lastOf("SESSION", long(30, 100));
    const { lines, leftOut, text } = material(subject, 2_500);
    const turns = new Set(lines.flatMap(({ turn: number }) => (number === undefined ? [] : [Number(number)])));
    const [, second = 0] = [...turns];
    expect(leftOut).toEqual([`${(second - 2) * 3} lines of turns 2 to ${second - 1}`]);
    expect([...turns]).toEqual([1, ...Array.from({ length: 31 - second }, (_, index) => second + index)]);
    // One more turn, of about 110 tokens, wouldn't have fitted.
    expect(roughTokens(text)).toBeGreaterThan(2_500 - 130);
  });

  test("instructions that hold on stay when their turn goes", () => {
    const turns = long(30, 100).turns.map((one, index) =>
      index < 3 ? one : { ...one, systemInstructions: ["Be kind."] },
    );
    const { lines } = material(lastOf("SESSION", conversation(...turns)), 2_500);
    expect(lines).toContainEqual({ section: "context", turn: 4, kind: "systemInstructions", text: "Be kind." });
    expect(lines.some(({ turn: number, kind }) => number === 4 && kind === "user")).toBe(false);
  });

  test("then every text to one length, what is judged among them", () => {
    const { lines, leftOut } = material(lastOf("TRACE", long(1, 100, 30_000)), 5_000);
    const lengths = lines.filter(({ leftOutCharacters }) => leftOutCharacters).map(({ text }) => String(text).length);
    expect(lengths).toHaveLength(2);
    expect(Math.abs((lengths[0] ?? 0) - (lengths[1] ?? 0))).toBeLessThan(3);
    expect(lengths[0]).toBeGreaterThan(5_000);
    expect(leftOut[0]).toMatch(/^the middle of 2 texts, \d+ characters in all$/);
  });

  test("then lines: tools after all of the context, and never what is judged", () => {
    const availableTools = Array.from({ length: 300 }, (_, index) => ({
      name: `tool${index}`,
      description: "d".repeat(300),
    }));
    const subject = lastOf("TOOL_CALL", conversation(turn("trace-1", { availableTools, steps: [toolCall("tool7")] })));
    const { lines, leftOut } = material(subject, 3_000);
    expect(lines.at(-1)).toMatchObject({ section: "tool_turn", tool: "tool7" });
    expect(leftOut[0]).toBe("1 line of turn 1");
    expect(leftOut[1]).toMatch(/^\d+ available tools$/);
    const tools = lines.flatMap(({ name }) => (name === undefined ? [] : [name]));
    expect(tools).toEqual(availableTools.slice(0, tools.length).map(({ name }) => name));
    expect(tools.length).toBeGreaterThan(30);
  });

  test("and where that isn't enough, the evaluation says so", () => {
    expect(() => material(lastOf("TRACE", long(1, 10)), 30)).toThrow(/larger context/);
  });
});

test("a text is never cut inside a character, and always says that it was cut", () => {
  for (let length = 2_001; length < 2_010; length++) {
    for (const text of [`a${"🙂".repeat(length)}`, `${"🙂".repeat(length)}a`, "a".repeat(length)]) {
      const subject = lastOf("SESSION", conversation(turn("trace-1", { steps: [toolCall("read", { result: text })] })));
      const call = material(subject, tokensOf(subject) - 1).lines.find(({ kind }) => kind === "toolCall");
      const [head = "", tail = ""] = String(call?.result).split("[…]");
      expect([head.isWellFormed(), tail.isWellFormed()]).toEqual([true, true]);
      expect(call?.leftOutCharacters).toEqual({ result: text.length - head.length - tail.length });
      expect(text.length - head.length - tail.length).toBeGreaterThan(0);
    }
  }
});

test("ten thousand lines are fitted", () => {
  const steps = Array.from({ length: 1_000 }, (_, index) => toolCall(`tool${index}`, { result: "r".repeat(500) }));
  const turns = Array.from({ length: 10 }, (_, index) => turn(`trace-${index}`, { steps }));
  const { text } = material(lastOf("TRACE", conversation(...turns)), 20_000);
  expect(roughTokens(text)).toBeLessThanOrEqual(20_000);
});

test("what is far from fitting isn't rendered to find that out", () => {
  const steps = Array.from({ length: 10_000 }, (_, index) => toolCall(`tool${index}`, { result: "r".repeat(500) }));
  const subject = lastOf("SESSION", conversation(turn("trace-1", { steps })));
  let rendered = 0;
  const render = (line: Parameters<typeof renderLine>[0]) => {
    rendered++;
    return renderLine(line);
  };
  const { lines } = fit(partsOf(subject, ["context"], {}), 20_000, { envelopeSize: 100, render });
  expect(lines.length).toBeGreaterThan(200);
  expect(rendered).toBeLessThan(4 * lines.length);
});
