import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../json.ts";
import type { Conversation } from "../conversation.ts";
import type { Reference, Subject } from "../evaluator.ts";
import { materialOf } from "./material.ts";
import { partsOf, trajectoryOf } from "./parts.ts";
import { sectionsAt } from "./sections.ts";
import { anyConversation, anyText, lastOf, linesOf } from "./testing.ts";

const anyReference: fc.Arbitrary<Reference> = fc.record({
  expectedResponse: anyText,
  assertions: fc.array(anyText, { maxLength: 3 }),
  expectedTrajectory: fc.array(anyText, { maxLength: 3 }),
});

const anySubject: fc.Arbitrary<Subject> = fc
  .tuple(anyConversation, fc.constantFrom("SESSION" as const, "TRACE" as const, "TOOL_CALL" as const))
  .filter(([whole, level]) => level !== "TOOL_CALL" || (whole.turns.at(-1)?.steps.length ?? 0) > 0)
  .map(([whole, level]) => lastOf(level, whole));

const whole = 10_000_000;

function render(subject: Subject, reference: Reference, tokens = whole) {
  return materialOf(partsOf(subject, sectionsAt[subject.level], reference), tokens);
}

describe("T17 whatever is judged", () => {
  test("stays inside its delimiters, a line of JSON for each part, of characters that are seen", () => {
    fc.assert(
      fc.property(anySubject, anyReference, (subject, reference) => {
        const { text, boundary } = render(subject, reference);
        // The only signs of markup are those of the two delimiters.
        expect(text.match(/[<>]/g)).toHaveLength(4);
        expect(text.split(boundary)).toHaveLength(3);
        expect(text.replaceAll("\n", "")).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u);
        const known: ReadonlySet<string> = new Set(sectionsAt[subject.level]);
        for (const { section } of linesOf(text)) expect(known.has(String(section))).toBe(true);
      }),
    );
  });

  test("is shown word for word where there is room", () => {
    fc.assert(
      fc.property(anyConversation, anyReference, (conversation, reference) => {
        const { text, leftOut } = render({ level: "SESSION", conversation }, reference);
        expect(leftOut).toEqual([]);
        expect(linesOf(text)).toEqual(expectedLines(conversation, reference));
      }),
    );
  });

  test("gives the same question again, and another boundary for anything else", () => {
    fc.assert(
      fc.property(anySubject, anySubject, anyReference, (one, other, reference) => {
        const first = render(one, reference);
        expect(render(one, reference)).toEqual(first);
        const second = render(other, reference);
        expect(second.boundary === first.boundary).toBe(second.text === first.text);
      }),
    );
  });
});

describe("what doesn't fit", () => {
  test("is never more than there is room for, and never left out without a word", () => {
    fc.assert(
      fc.property(anySubject, anyReference, fc.integer({ min: 0, max: 1_500 }), (subject, reference, tokens) => {
        const full = render(subject, reference);
        const fitted = attempt(() => render(subject, reference, tokens));
        if (fitted === undefined) {
          // Nothing is refused that would have fitted as it is.
          expect(Buffer.byteLength(full.text)).toBeGreaterThan(tokens * 3);
          return;
        }
        expect(Buffer.byteLength(fitted.text)).toBeLessThanOrEqual(tokens * 3);
        const lines = linesOf(fitted.text);
        if (fitted.text === full.text) {
          expect(fitted.leftOut).toEqual([]);
          return;
        }
        expect(fitted.leftOut).not.toEqual([]);
        expect(lines[0]).toEqual({
          section: "left_out",
          text: `Left out for want of room: ${fitted.leftOut.join("; ")}.`,
        });
        expectAccounted(linesOf(full.text), lines.slice(1), fitted.leftOut);
      }),
    );
  });
});

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    expect(error).toMatchObject({ code: "ModelNotConfigured", message: expect.stringContaining("larger context") });
    return undefined;
  }
}

/** Every line is there, whole or with the number of characters that it lacks; or it counts among those that are said to be gone. */
function expectAccounted(
  full: Record<string, Json>[],
  shown: Record<string, Json>[],
  leftOut: readonly string[],
): void {
  let next = 0;
  let gone = 0;
  let lacking = 0;
  for (const line of full) {
    const candidate = shown[next];
    if (candidate !== undefined && isShownAs(line, candidate)) {
      next += 1;
      lacking += lacks(candidate);
    } else {
      gone += 1;
      expect(["context", "available_tools"]).toContain(line.section);
    }
  }
  expect(next).toBe(shown.length);
  const words = leftOut.join("; ");
  const said = [...words.matchAll(/(\d+) (?:lines?|available tools?)/g)].map(([, count]) => Number(count));
  expect(said.reduce((sum, count) => sum + count, 0)).toBe(gone);
  expect(Number(/, (\d+) characters in all/.exec(words)?.[1] ?? 0)).toBe(lacking);
}

function lacks(line: Record<string, Json>): number {
  return Object.values((line.leftOutCharacters ?? {}) as Record<string, number>).reduce((sum, one) => sum + one, 0);
}

function isShownAs(line: Record<string, Json>, shown: Record<string, Json>): boolean {
  const lacking = (shown.leftOutCharacters ?? {}) as Record<string, number>;
  return Object.entries(line).every(([name, value]) => {
    if (lacking[name] === undefined) return JSON.stringify(shown[name]) === JSON.stringify(value);
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const cut = String(shown[name]);
    // The mark may also be in the text itself: one of its places must be the cut.
    return [...cut.matchAll(/(?=\[…\])/g)].some(({ index }) => {
      const [head, tail] = [cut.slice(0, index), cut.slice(index + 3)];
      return (
        text.startsWith(head) && text.endsWith(tail) && head.length + tail.length + (lacking[name] ?? 0) === text.length
      );
    });
  });
}

/** Said once more, as plainly as can be: a session's tools, turns, trajectories and assertions. */
function expectedLines({ turns }: Conversation, { assertions = [], expectedTrajectory = [] }: Reference): Json[] {
  const lines: Json[] = [];
  const tools = new Map<string, Json>();
  for (const { availableTools } of turns) {
    for (const tool of availableTools)
      tools.set(tool.name, { section: "available_tools", kind: "tool", ...tool } as Json);
  }
  lines.push(...tools.values());
  turns.forEach((turn, index) => {
    const here = { section: "context", turn: index + 1 };
    for (const text of turn.systemInstructions) {
      const before = index === 0 ? [] : (turns[index - 1]?.systemInstructions ?? []);
      if (!before.includes(text)) lines.push({ ...here, kind: "systemInstructions", text });
    }
    if (turn.request !== undefined) lines.push({ ...here, kind: "user", text: turn.request });
    for (const step of turn.steps) {
      const { type: _, spanId: __, startedAt: ___, ...fields } = step;
      lines.push({ ...here, kind: "toolCall", ...fields } as unknown as Json);
    }
    if (turn.response !== undefined) lines.push({ ...here, kind: "assistant", text: turn.response });
  });
  lines.push({
    section: "actual_tool_trajectory",
    kind: "toolNames",
    names: trajectoryOf({ sessionId: "", turns, gaps: [] }),
  });
  lines.push({ section: "expected_tool_trajectory", kind: "toolNames", names: [...expectedTrajectory] });
  lines.push(...assertions.map((text) => ({ section: "assertions", kind: "assertion", text })));
  return lines;
}
