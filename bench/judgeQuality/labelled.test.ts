import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { judgedDefinitions } from "@gatehouse/core/evaluation/evaluators/builtin.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { evaluationOf } from "./evaluationOf.ts";
import { injectionMark, type LabelledCase, readLabelled } from "./labelled.ts";
import { labelledFolder } from "./set.ts";

const cases = readLabelled(labelledFolder);
const places = ["user", "toolResult", "answer"] as const;

test("there are at least 200 cases, for exactly the evaluators that a model judges", () => {
  expect(cases.length).toBeGreaterThanOrEqual(200);
  const names = judgedDefinitions.map(({ name }) => name);
  expect([...new Set(cases.map(({ evaluator }) => evaluator))].sort()).toEqual(names.toSorted());
});

test("the README says how many there are", () => {
  const readme = readFileSync(join(labelledFolder, "README.md"), "utf8");
  const sizes = judgedDefinitions.map(({ name }) => cases.filter(({ evaluator }) => evaluator === name).length);
  expect(readme).toContain(`${cases.length} cases for the ${judgedDefinitions.length} built-in evaluators`);
  expect(readme).toContain(`${cases.filter(({ injection }) => injection).length} cases carry an injection`);
  expect(readme).toContain(`${Math.min(...sizes)} to ${Math.max(...sizes)} cases an evaluator`);
});

describe.each(judgedDefinitions.map((one) => [one.name, one] as const))(
  "%s",
  (name, { level, task, withReference }) => {
    const own = cases.filter(({ evaluator }) => evaluator === name);
    const scales = [task.scale, ...(withReference === undefined ? [] : [withReference.task.scale])];

    test("each case's label, and the one that an injection wants, is of the scale by which it is judged", () => {
      for (const { id, label, injection, reference } of own) {
        const known = withReference !== undefined && reference?.[withReference.field as "assertions"] !== undefined;
        const labels = (known ? withReference.task.scale : task.scale).map((rating) => rating.label);
        expect(labels, id).toContain(label);
        if (injection !== undefined) {
          expect(labels, id).toContain(injection.wants);
          expect(injection.wants, id).not.toBe(label);
        }
      }
    });

    test("every label has three cases or more, and none has twice as many as another", () => {
      const ranks = own.map(({ label }) =>
        Math.max(...scales.map((scale) => scale.findIndex((one) => one.label === label))),
      );
      const counts = task.scale.map((_, rank) => ranks.filter((one) => one === rank).length);
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(3);
      expect(Math.max(...counts)).toBeLessThan(2 * Math.min(...counts));
    });

    test("there are clear and subtle cases, several domains and languages, and injections", () => {
      expect(own.filter(({ difficulty }) => difficulty === "clear").length).toBeGreaterThanOrEqual(4);
      expect(own.filter(({ difficulty }) => difficulty === "subtle").length).toBeGreaterThanOrEqual(8);
      expect(new Set(own.map(({ domain }) => domain)).size).toBeGreaterThanOrEqual(5);
      expect(new Set(own.map(({ language }) => language)).size).toBeGreaterThanOrEqual(3);
      expect(own.filter(({ injection }) => injection).length).toBeGreaterThanOrEqual(2);
    });

    test("each case has what is judged", () => {
      for (const { id, turns } of own) {
        const last = turns.at(-1);
        if (level === "TOOL_CALL") expect(last?.calls.length, id).toBeGreaterThan(0);
        else expect(last?.answer, id).toBeDefined();
        // Only the turn in which a tool call is judged may be without its end.
        for (const turn of turns.slice(0, -1)) expect(turn.answer, id).toBeDefined();
      }
    });
  },
);

test("no case is there twice, by its id or by what is shown of it", () => {
  const ids = cases.map(({ evaluator, id }) => `${evaluator}/${id}`);
  expect(new Set(ids).size).toBe(ids.length);
  const shown = cases.map(({ evaluator, turns, system }) => JSON.stringify([evaluator, turns, system]));
  expect(new Set(shown).size).toBe(shown.length);
  // Nor is a case another one with a few words changed.
  for (const [index, one] of cases.entries()) {
    for (const other of cases.slice(index + 1)) {
      if (one.evaluator !== other.evaluator) continue;
      expect(likeness(wordsOf(one), wordsOf(other)), `${one.evaluator}: ${one.id}, ${other.id}`).toBeLessThan(0.8);
    }
  }
});

test("an injection stands in one place, where its case says, and nothing of it is left without it", () => {
  for (const one of cases) {
    const { id, injection, turns } = one;
    const held = places.filter((place) => JSON.stringify(turns.map(textsOf[place])).includes(injectionMark));
    expect(held, id).toEqual(injection === undefined ? [] : [injection.into]);
    expect(JSON.stringify(turns).split(injectionMark).length, id).toBe(injection === undefined ? 1 : 2);
    const [withIt, without] = [evaluationOf(one), evaluationOf(one, "withoutInjection")].map((shown) =>
      JSON.stringify(shown),
    );
    expect(`${withIt}${without}`, id).not.toContain(injectionMark);
    if (injection === undefined) continue;
    const text = JSON.stringify(injection.text).slice(1, -1);
    expect([withIt?.includes(text), without?.includes(text)], id).toEqual([true, false]);
  }
  for (const place of places) expect(cases.some(({ injection }) => injection?.into === place)).toBe(true);
});

/** What stands at each place where an injection can be. */
const textsOf: Record<(typeof places)[number], (turn: LabelledCase["turns"][number]) => unknown> = {
  user: ({ user }) => user,
  toolResult: ({ calls }) => calls.map(({ result, error }) => [result, error]),
  answer: ({ answer }) => answer,
};

test("reordered, a case says the same: nothing is lost, and the order of turns, calls and lists stays", () => {
  for (const one of cases) {
    const [asIs, reordered] = [evaluationOf(one), evaluationOf(one, "reordered")];
    expect(reordered.conversation.turns.map(({ availableTools, ...turn }) => turn)).toEqual(
      asIs.conversation.turns.map(({ availableTools, ...turn }) => turn),
    );
    expect(reordered.conversation.turns.map(({ availableTools }) => availableTools.toReversed())).toEqual(
      asIs.conversation.turns.map(({ availableTools }) => availableTools),
    );
    expect(reordered.reference.assertions?.toReversed()).toEqual(asIs.reference.assertions);
  }
});

test("most cases do change when they are reordered", () => {
  const changed = cases.filter(
    (one) => JSON.stringify(evaluationOf(one)) !== JSON.stringify(evaluationOf(one, "reordered")),
  );
  expect(changed.length).toBeGreaterThan(cases.length / 3);
});

describe("a set that can't be used", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "gatehouse-labelled-"));
    writeFileSync(join(folder, "tools.json"), "{}");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const good = {
    id: "a",
    label: "Yes",
    difficulty: "clear",
    domain: "d",
    language: "en",
    why: "w",
    turns: [{ user: "u", calls: [], answer: "a" }],
  };

  test.each([
    ["{", /Refusal\.jsonl:2: this is no JSON/],
    [JSON.stringify({ ...good, lable: "Yes" }), /Refusal\.jsonl:2: .*lable/s],
    [JSON.stringify({ ...good, difficulty: "hard" }), /Refusal\.jsonl:2: /],
    [JSON.stringify({ ...good, turns: [] }), /Refusal\.jsonl:2: /],
    [JSON.stringify({ ...good, tools: "nowhere" }), /Refusal\.jsonl:2: tools\.json has no list nowhere/],
  ])("%s", (line, message) => {
    writeFileSync(join(folder, "Refusal.jsonl"), `${JSON.stringify(good)}\n${line}\n`);
    expect(() => readLabelled(folder)).toThrow(message);
  });
});

function wordsOf({ turns }: LabelledCase): ReadonlySet<string> {
  return new Set(
    JSON.stringify(turns)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu),
  );
}

/** Which share of the words of both is common to both. */
function likeness(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  return one.intersection(other).size / one.union(other).size;
}
