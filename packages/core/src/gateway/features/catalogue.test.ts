import { describe, expect, test } from "vitest";
import { gatewayOf } from "../../policy/testing/configuration.ts";
import type { TargetFeatures } from "../../storage/records.ts";
import { featureCatalogueOf } from "./catalogue.ts";
import type { Naming } from "./names.ts";

function catalogueOf(of: Readonly<Record<string, TargetFeatures>>, naming: Naming) {
  const { targets } = gatewayOf(Object.fromEntries(Object.keys(of).map((name) => [name, []])));
  return featureCatalogueOf(
    { targets: targets.map((target) => ({ ...target, features: of[target.name] ?? {} })) },
    naming,
  );
}

const docs: TargetFeatures = {
  prompts: [{ name: "review" }, { name: "greet" }],
  resources: [{ uri: "docs://a" }, { uri: "file:///shared" }],
  resourceTemplates: [{ uriTemplate: "docs://{id}" }],
};
const other: TargetFeatures = {
  prompts: [{ name: "greet" }],
  resources: [{ uri: "file:///shared" }],
  resourceTemplates: [{ uriTemplate: "other://{id}" }, { uriTemplate: "{+anything}" }],
};

function located(catalogue: ReturnType<typeof catalogueOf>, uri: string) {
  const found = catalogue.locate(uri);
  return found && [found.target.name, found.uri, found.isListed];
}

describe("qualified names", () => {
  const catalogue = catalogueOf({ Docs: docs, Other: other, None: {} }, "QUALIFIED");

  test("tell everything of every target", () => {
    expect([...catalogue.prompts.keys()]).toEqual(["Docs___review", "Docs___greet", "Other___greet"]);
    expect(catalogue.resources.map(({ name }) => name)).toEqual([
      "gatehouse:Docs/docs://a",
      "gatehouse:Docs/file:///shared",
      "gatehouse:Other/file:///shared",
    ]);
  });

  test("lead to the target's own, listed or not", () => {
    expect(located(catalogue, "gatehouse:Docs/docs://a")).toEqual(["Docs", "docs://a", true]);
    expect(located(catalogue, "gatehouse:Docs/docs://b")).toEqual(["Docs", "docs://b", false]);
    expect(located(catalogue, "gatehouse:None/docs://a")).toBeUndefined();
    expect(located(catalogue, "gatehouse:docs/docs://a")).toBeUndefined();
    expect(located(catalogue, "docs://a")).toBeUndefined();
  });

  test("are given to what targets answer with, if they have resources", () => {
    const [first, , none] = gatewayOf({ Docs: [], Other: [], None: [] }).targets;
    if (first === undefined || none === undefined) throw new Error("There are three targets.");
    expect(catalogue.nameOf(first, "docs://b")).toBe("gatehouse:Docs/docs://b");
    expect(catalogue.nameOf(none, "docs://b")).toBe("docs://b");
  });
});

describe("plain names", () => {
  const catalogue = catalogueOf({ Docs: docs, Other: other }, "PLAIN");

  test("are the targets' own, without those that two targets have", () => {
    expect([...catalogue.prompts.keys()]).toEqual(["review"]);
    expect(catalogue.prompts.get("review")).toMatchObject({
      qualifiedName: "Docs___review",
      action: "GetPrompt:Docs___review",
    });
    expect(catalogue.resources.map(({ name }) => name)).toEqual(["docs://a"]);
    expect([...catalogue.resourceTemplates.keys()]).toEqual(["docs://{id}", "other://{id}", "{+anything}"]);
  });

  test("T12 lead to the one target that they can be of, and to none if there are two", () => {
    expect(located(catalogue, "docs://a")).toEqual(["Docs", "docs://a", true]);
    expect(located(catalogue, "docs://b")).toEqual(["Docs", "docs://b", false]);
    expect(located(catalogue, "other://b")).toEqual(["Other", "other://b", false]);
    expect(located(catalogue, "file:///shared")).toBeUndefined();
    expect(located(catalogue, "unknown://b")).toBeUndefined();
    expect(located(catalogue, "gatehouse:Other/file:///shared")).toEqual(["Other", "file:///shared", false]);
  });

  test("of one target alone lead to it, whatever they are", () => {
    const alone = catalogueOf({ Docs: docs, None: {} }, "PLAIN");
    expect(located(alone, "unknown://b")).toEqual(["Docs", "unknown://b", false]);
  });

  test("are given to what targets answer with where they lead back there", () => {
    const [first] = gatewayOf({ Docs: [] }).targets;
    if (first === undefined) throw new Error("There is a target.");
    expect(catalogue.nameOf(first, "docs://b")).toBe("docs://b");
    expect(catalogue.nameOf(first, "other://b")).toBe("gatehouse:Docs/other://b");
  });
});
