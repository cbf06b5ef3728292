import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SessionSummary } from "../../storage/spanRepository.ts";
import type { CubeName, Occurrence } from "../cubes.ts";
import { drawSessions } from "./sessions.ts";
import { aggregatesOf } from "./testing.ts";
import { type WidgetName, widgets } from "./widgets.ts";

const noon = Date.UTC(2026, 10, 26, 12);
const view = { range: { from: noon, to: noon + 3_600_000 }, width: 600, height: 200, offsetMinutes: 0, id: "x" };
const names = Object.keys(widgets) as WidgetName[];

function occurrence(
  cube: CubeName,
  dimensions: Record<string, string>,
  of: Partial<Omit<Occurrence, "cube" | "dimensions">> = {},
): Occurrence {
  return { cube, scope: "g", dimensions, time: noon, durationMicroseconds: 1_000, measures: {}, ...of };
}
const times = (count: number, one: Occurrence) => Array.from({ length: count }, () => one);
const call = (outcome: string, dimensions: Record<string, string> = {}, of = {}) =>
  occurrence("decisions", { method: "tools/call", tool: "T___a", outcome, ...dimensions }, of);

async function drawn(name: WidgetName, happened: readonly Occurrence[], scope?: string): Promise<string> {
  return (await widgets[name].draw(aggregatesOf(happened), { ...view, scope })).text;
}
/** What is read, without what it is drawn with. */
const textOf = (html: string) => html.replaceAll(/<(wbr|\/?bdi|\/?b)>/g, "").replaceAll(/<[^>]*>/g, "|");
const rowsOf = (html: string) =>
  [...html.matchAll(/<tr>(.*?)<\/tr>/gs)].slice(1).map(([, row = ""]) =>
    textOf(row)
      .split("|")
      .filter((cell) => cell !== ""),
  );

describe("what is drawn is what happened", () => {
  test("decisions, by outcome and time; lists of tools are none", async () => {
    const html = await drawn("decisions", [
      ...times(5, call("allowed")),
      ...times(2, call("denied", {}, { time: noon + 61_000 })),
      call("would-deny"),
      ...times(9, call("listed")),
      ...times(7, call("allowed", {}, { time: noon - 1 })),
    ]);
    expect(textOf(html)).toContain("25 % denied of 8 calls");
    expect(rowsOf(html)).toEqual([
      ["26 Nov 12:00", "5", "1", "0"],
      ["26 Nov 12:01", "0", "0", "2"],
    ]);
  });

  test("of one gateway, where one is chosen, or of all", async () => {
    const happened = [...times(2, call("allowed")), ...times(3, call("allowed", {}, { scope: "other" }))];
    expect(textOf(await drawn("decisions", happened))).toContain("of 5 calls");
    expect(textOf(await drawn("decisions", happened, "other"))).toContain("of 3 calls");
  });

  test("denials by tool and policy, the most first, with the sum of those that aren't shown", async () => {
    const html = await drawn("denials", [
      ...times(3, call("denied", { policies: '["arn:x/p1"]' })),
      ...times(2, call("would-deny", { policies: '["arn:x/p1"]' })),
      ...times(4, call("denied", { tool: "T___b" })),
      ...Array.from({ length: 7 }, (_, index) => call("denied", { tool: `T___z${index}` })),
      ...times(50, call("allowed")),
    ]);
    expect(rowsOf(html).slice(0, 2)).toEqual([
      ["T___a", "by p1", "5", "31.3 %"],
      ["T___b", "no policy permits it", "4", "25 %"],
    ]);
    expect(textOf(html)).toMatch(/16 calls.*Denied 14.*Would be denied 2.*and 3 more/);
  });

  test("who was denied, by the hour", async () => {
    const html = await drawn("denied", [
      ...times(2, call("denied", { principal: "alice" })),
      call("denied", { principal: "bob" }),
    ]);
    expect(rowsOf(html)).toEqual([
      ["alice", "2", "66.7 %"],
      ["bob", "1", "33.3 %"],
    ]);
  });

  test("flips by policy: what would be denied, what would be allowed, and what a whole engine would deny", async () => {
    const html = await drawn("flips", [
      ...times(3, call("allowed", { decision: "ALLOW", flippingPolicies: '["p1","p2"]' })),
      ...times(2, call("denied", { decision: "DENY", flippingPolicies: '["p2"]' })),
      call("would-deny", { decision: "DENY" }),
      ...times(9, call("allowed", { decision: "ALLOW" })),
    ]);
    expect(rowsOf(html)).toEqual([
      ["p2", "3", "2"],
      ["p1", "3", "0"],
      ["All of an engine in LOG_ONLY", "1", "0"],
    ]);
  });

  test("latency of what was let through, within the error of the histogram", async () => {
    const of = (durationMicroseconds: number, outcome = "allowed") =>
      occurrence("calls", { outcome }, { durationMicroseconds });
    const html = await drawn("latency", [
      ...times(90, of(10_000)),
      ...times(10, of(200_000)),
      ...times(50, of(5, "denied")),
    ]);
    const [row = []] = rowsOf(html);
    expect(row.slice(0, 2)).toEqual(["26 Nov 12:00", "100"]);
    const milliseconds = row.slice(2).map((text) => Number(text.replace(" ms", "")));
    expect(milliseconds[0]).toBeGreaterThan(9.5);
    expect(milliseconds[0]).toBeLessThan(10.5);
    expect(milliseconds.slice(1).every((ms) => ms > 190 && ms < 210)).toBe(true);
  });

  test("failing tools by what was wrong, with the share of their calls; what the gate itself refused is none", async () => {
    const of = (tool: string, error?: string) =>
      occurrence("calls", { outcome: "allowed", tool, ...(error === undefined ? {} : { error }) });
    const html = await drawn("failures", [
      ...times(6, of("a")),
      ...times(2, of("a", "5xx")),
      ...times(3, of("b", "tool")),
      of("b", "timeout"),
      of("c", "refused"),
    ]);
    expect(rowsOf(html)).toEqual([
      ["b", "0", "1", "0", "3", "100 %"],
      ["a", "2", "0", "0", "0", "25 %"],
    ]);
    expect(textOf(html)).toContain("6 of 13 calls failed (46.2 %)");
  });

  test("tokens over time, and what they cost by model and agent", async () => {
    const of = (scope: string, model: string, inputTokens: number, costNanoDollars: number) =>
      occurrence("models", { model }, { scope, measures: { inputTokens, outputTokens: 10, costNanoDollars } });
    const happened = [
      of("one", "m", 100, 2e9),
      of("one", "m", 100, 1e9),
      of("two", "m", 50, 5e8),
      of("two", "n", 1, 0),
    ];
    expect(rowsOf(await drawn("tokens", happened))).toEqual([["26 Nov 12:00", "4", "251", "40"]]);
    const cost = await drawn("cost", happened);
    expect(rowsOf(cost)).toEqual([
      ["m", "one", "$3.00", "2", "200", "20"],
      ["m", "two", "$0.500", "1", "50", "10"],
      ["n", "two", "$0.00", "1", "1", "10"],
    ]);
    expect(textOf(cost)).toMatch(/\$3.50 spent.*whose price isn&#39;t known/);
  });

  test("sessions, the newest ten, of one gateway where one is chosen", async () => {
    const session = (index: number): SessionSummary => ({
      sessionId: `s${index}`,
      from: noon,
      to: noon + 60_000,
      gateways: [index % 2 === 0 ? "even" : "odd"],
      agents: ["a"],
      decisions: 3,
      denials: 1,
      modelCalls: 2,
      inputTokens: 5,
      outputTokens: 6,
      costNanoDollars: 1e9,
      errors: 0,
    });
    const spans = {
      async *sessions() {
        for (let index = 0; index < 15; index++) yield session(index);
      },
    };
    const all = await drawSessions(spans, view);
    expect(rowsOf(all.text)).toHaveLength(10);
    expect(textOf(all.text)).toContain("10+ sessions");
    const odd = await drawSessions(spans, { ...view, scope: "odd" });
    expect(rowsOf(odd.text)).toHaveLength(7);
    expect(rowsOf(odd.text)[0]).toEqual(["s1", "a", "26 Nov 12:00–12:01", "3", "1", "2", "11", "$1.00", "0"]);
  });

  test("evaluations: scores over time, verdicts, by agent and version, and the worst sessions", async () => {
    const evaluated = (value: number | undefined, label: string, more: Record<string, string> = {}, time = noon) =>
      occurrence(
        "evaluations",
        { evaluator: "Builtin.Helpfulness", label, agent: "shop", agentVersion: "1", ...more },
        { time, measures: value === undefined ? {} : { scores: 1, scoreMillionths: value * 1e6 } },
      );
    const happened = [
      ...times(3, evaluated(1, "Yes")),
      evaluated(0, "No"),
      evaluated(0.5, "Half", { agentVersion: "2" }, noon + 61_000),
      evaluated(0.25, "Some", { evaluator: "Own" }),
      occurrence("evaluations", { evaluator: "Own", error: "MissingData" }),
    ];
    const over = await drawn("scores", happened);
    expect(textOf(over)).toContain("6 scores of 2 evaluators");
    expect(rowsOf(over)).toEqual([
      ["26 Nov 12:00", "0.75", "0.25"],
      ["26 Nov 12:01", "0.5"],
    ]);
    const said = await drawn("verdicts", happened);
    expect(rowsOf(said)).toContainEqual(["Yes", "Builtin.Helpfulness", "3", "60 %"]);
    expect(rowsOf(said)).toContainEqual(["MissingData", "Own", "1", "50 %"]);
    expect(rowsOf(await drawn("agentScores", happened))).toEqual([
      ["shop 1", "Own", "0.25", "1"],
      ["shop 2", "Builtin.Helpfulness", "0.5", "1"],
      ["shop 1", "Builtin.Helpfulness", "0.75", "4"],
    ]);
    const worst = rowsOf(await drawn("worstSessions", happened));
    expect(worst[0]).toEqual(["session-3", "shop", "26 Nov 12:00", "Builtin.Helpfulness", "No", "0"]);
    expect(await drawn("scores", happened, "other")).toContain("gh-empty");
  });

  test("evaluations: a session in which the agent refused is worse than one in which it did not", async () => {
    const refused = (value: number, agentVersion: string) =>
      occurrence(
        "evaluations",
        { evaluator: "Builtin.Refusal", label: value === 1 ? "Yes" : "No", agent: "shop", agentVersion },
        { measures: { scores: 1, scoreMillionths: value * 1e6 } },
      );
    const helped = occurrence(
      "evaluations",
      { evaluator: "Builtin.Helpfulness", label: "Half", agent: "shop", agentVersion: "1" },
      { measures: { scores: 1, scoreMillionths: 500_000 } },
    );
    const happened = [refused(0, "1"), helped, refused(1, "2")];
    const worst = await drawn("worstSessions", happened);
    expect(rowsOf(worst).map(([session, , , evaluator, , value]) => [session, evaluator, value])).toEqual([
      ["session-1", "Builtin.Refusal", "1"],
      // In which the agent didn't refuse.
      ["session-0", "Builtin.Helpfulness", "0.5"],
    ]);
    const byAgent = await drawn("agentScores", happened);
    expect(rowsOf(byAgent)).toEqual([
      ["shop 2", "Builtin.Refusal", "1", "1"],
      ["shop 1", "Builtin.Helpfulness", "0.5", "1"],
      ["shop 1", "Builtin.Refusal", "0", "1"],
    ]);
    for (const html of [worst, byAgent, await drawn("scores", happened)]) {
      expect(textOf(html)).toContain("Of Builtin.Refusal, less is better.");
    }
    expect(textOf(await drawn("scores", [helped]))).not.toContain("less is better");
  });

  test.each(names)("%s says so when nothing has happened", async (name) => {
    const html = await drawn(name, []);
    expect(html).toMatch(/^<p class="gh-empty">[^<]+<\/p>$/);
  });
});

describe("who can't see a chart", () => {
  test.each(["decisions", "latency", "tokens", "scores"] as const)(
    "%s has a name, a description and a table",
    async (name) => {
      const html = await drawn(name, everything("benign"));
      const [, labels = ""] = /role="img" aria-labelledby="([^"]*)"/.exec(html) ?? [];
      const [title = "", description = ""] = labels
        .split(" ")
        .map((id) => new RegExp(`id="${id}">([^<]+)<`).exec(html)?.[1]?.replaceAll("&#39;", "'"));
      expect(title).toBe(widgets[name].title);
      expect(description).toBe(widgets[name].description);
      expect(rowsOf(html).length).toBeGreaterThan(0);
      expect(html).toContain(`<caption>${widgets[name].title}</caption>`);
    },
  );
});

/** A bit of everything, with a name that somebody has chosen wherever there can be one. */
function everything(chosen: string): Occurrence[] {
  const policies = JSON.stringify([chosen]);
  const dimensions = {
    engine: chosen,
    method: chosen,
    target: chosen,
    tool: chosen,
    policies,
    flippingPolicies: policies,
    principal: chosen,
    agent: chosen,
    decision: "ALLOW",
  };
  return [
    ...["allowed", "denied", "would-deny"].map((outcome) =>
      occurrence("decisions", { ...dimensions, outcome }, { scope: chosen }),
    ),
    occurrence("calls", { ...dimensions, outcome: "allowed", error: "tool" }, { scope: chosen }),
    occurrence("models", { model: chosen }, { scope: chosen, measures: { inputTokens: 1, outputTokens: 1 } }),
    occurrence(
      "evaluations",
      { evaluator: chosen, label: chosen, agent: chosen, agentVersion: chosen },
      { scope: chosen, measures: { scores: 1, scoreMillionths: 500_000 } },
    ),
  ];
}

/** Every tag and attribute that a widget is drawn with. */
const tags =
  /<(?:\/?(?:b|bdi|br|caption|circle|desc|details|div|g|li|line|p|polyline|rect|span|summary|svg|table|tbody|td|text|th|thead|title|tr|ul|wbr))(?: (?:class|id|role|aria-labelledby|aria-hidden|viewBox|width|height|x|y|x1|x2|y1|y2|cx|cy|r|rx|points|text-anchor|scope|preserveAspectRatio)="[^"<>]*")*\/?>/g;

describe("T18 names that an attacker has chosen", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary", maxLength: 80 }),
    fc.constantFrom(
      "<script>alert(1)</script>",
      '"><img src=x onerror=alert(1)>',
      "</title></svg><svg onload=alert(1)>",
      "</table></details><cwdb-action action=call>",
      "' onmouseover='alert(1)",
      "</style><style>*{display:none}",
      "<!--",
      "&lt;b&gt;",
      "javascript:alert(1)",
    ),
  );

  test.each(names)("are text in %s, and nothing else", async (name) => {
    await fc.assert(
      fc.asyncProperty(hostile, async (chosen) => {
        const html = await drawn(name, everything(chosen));
        expect(html).not.toMatch(/^<p class="gh-empty">/);
        expect(html.replaceAll(tags, "")).not.toMatch(/[<>]/);
      }),
      { numRuns: 40 },
    );
  });
});
