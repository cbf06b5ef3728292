import { expect, test } from "vitest";
import type { TargetFeatures } from "../../storage/records.ts";
import { reviewFeatures } from "./review.ts";

const review = (features: TargetFeatures) => reviewFeatures("Docs", features);

test("what can be used stays as it is, with what nobody knows of it", () => {
  const features = {
    prompts: [
      {
        name: "code review",
        description: "Line\none \u{1f469}\u200d\u{1f4bb}",
        arguments: [{ name: "a", x: 1 }],
        y: 2,
      },
    ],
    resources: [{ uri: "docs://A", z: 3 }, { uri: "docs://a" }],
    resourceTemplates: [{ uriTemplate: "docs://{id}" }],
    completions: true,
  };
  expect(review(features)).toEqual({ features, warnings: [] });
});

test("what a target has no capability for is absent, and what is empty is not", () => {
  expect(review({ resources: [] }).features).toEqual({ resources: [] });
  expect(review({}).features).toEqual({});
});

test.each<[string, TargetFeatures]>([
  ["a name with a hidden character", { prompts: [{ name: "re\u200bview" }] }],
  ["a name with a look-alike", { prompts: [{ name: "r\u0435view" }] }],
  ["a name with a blank at its end", { prompts: [{ name: "review " }] }],
  ["a name of 129 characters", { prompts: [{ name: "x".repeat(129) }] }],
  ["an empty name", { prompts: [{ name: "" }] }],
  ["a description with a direction control", { prompts: [{ name: "x", description: "a\u202eb" }] }],
  ["a description with tag characters", { prompts: [{ name: "x", title: "a\u{e0041}" }] }],
  ["a control character deep inside", { prompts: [{ name: "x", _meta: { a: ["\u0007"] } }] }],
  ["an argument that reaches a prototype", { prompts: [{ name: "x", arguments: [{ name: "__proto__" }] }] }],
  ["arguments that differ in case alone", { prompts: [{ name: "x", arguments: [{ name: "a" }, { name: "A" }] }] }],
  ["a URI with dot segments", { resources: [{ uri: "file:///a/../b" }] }],
  ["a resource's hidden character", { resources: [{ uri: "file:///a", name: "\u2066x" }] }],
  ["a template that is none", { resourceTemplates: [{ uriTemplate: "docs://{" }] }],
])("T12 %s is left out and told", (_, features) => {
  const { features: kept, warnings } = review(features);
  expect(Object.values(kept).flat()).toEqual([]);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/^The .* is left out: /);
});

test("the second of one name is left out", () => {
  const { features, warnings } = review({ prompts: [{ name: "x", description: "first" }, { name: "x" }] });
  expect(features.prompts).toEqual([{ name: "x", description: "first" }]);
  expect(warnings).toEqual(['The prompt "x" is left out: there is another of this name.']);
});

test("T11 more than a thousand, or than a megabyte, are not kept", () => {
  const many = Array.from({ length: 1_500 }, (_, i) => ({ uri: `docs://${i}` }));
  const { features, warnings } = review({ resources: many });
  expect(features.resources).toHaveLength(1_000);
  expect(warnings).toHaveLength(1);
  const large = Array.from({ length: 20 }, (_, i) => ({ name: `p${i}`, description: "x".repeat(60_000) }));
  expect(review({ prompts: large })).toMatchObject({ features: {}, warnings: [expect.stringContaining("left out")] });
  expect(review({ prompts: Array.from({ length: 900 }, () => ({ name: "\u200b" })) }).warnings).toHaveLength(20);
});

test("long names are told of", () => {
  const name = "x".repeat(60);
  expect(review({ prompts: [{ name }] }).warnings).toEqual([expect.stringContaining("has 67 characters")]);
});
