import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { buildSchema } from "../schema/schema.ts";
import { gatewayOf, policiesOf, tool } from "../testing/configuration.ts";
import { configuration, scenario } from "../testing/scenarios.ts";
import { type Slices, slicesOf } from "./slices.ts";

const cedar = vi.hoisted(() => ({ validations: 0 }));

vi.mock("@cedar-policy/cedar-wasm/nodejs", async (importOriginal) => {
  const original = await importOriginal<typeof import("@cedar-policy/cedar-wasm/nodejs")>();
  return {
    ...original,
    validate(...call: Parameters<typeof original.validate>) {
      cedar.validations += 1;
      return original.validate(...call);
    },
  };
});

/** What each tool's slice holds. */
const contents = (slices: Slices, tools: Iterable<string>) =>
  [...tools].map((name) => {
    const { action, policies, blockers, problems, needs } = slices.sliceOf(name)?.slice ?? {};
    return { tool: action?.name, policies: [...(policies?.keys() ?? [])], blockers, problems, needs };
  });

test("T15: cut together, tools have the policies that each has when it is cut alone, and the same is wrong with them", {
  timeout: 60_000,
}, () => {
  const schema = buildSchema(configuration);
  fc.assert(
    fc.property(fc.array(scenario, { minLength: 1, maxLength: 3 }), (scenarios) => {
      const policies = policiesOf(...scenarios.flatMap(({ statements }) => statements));
      const together = slicesOf(schema, policies);
      together.all();
      const alone = slicesOf(schema, policies);
      expect(contents(together, schema.actions.keys())).toEqual(contents(alone, schema.actions.keys()));
      together.release();
      alone.release();
    }),
    { numRuns: 100 },
  );
});

// Ten targets: each has a group of its own, of which others have nothing to know.
const wide = gatewayOf(
  Object.fromEntries(
    Array.from({ length: 10 }, (_, target) => [
      `T${target}`,
      Array.from({ length: 64 }, (_, n) =>
        tool(`t${n}`, n === 5 && target === 5 ? {} : { "amount!": { type: "integer" } }),
      ),
    ]),
  ),
);
const schema = buildSchema(wide);

test("tools that the same policies are about are validated 32 at a time", () => {
  cedar.validations = 0;
  slicesOf(schema, policiesOf("permit(principal, action, resource);")).all();
  expect(cedar.validations).toBe(20);
});

test("T15: a forbid that isn't valid for one of many tools blocks that one alone", () => {
  const policies = policiesOf(
    "permit(principal, action, resource);",
    "forbid(principal, action, resource) when { context.input.amount > 5 };",
  );
  const all = slicesOf(schema, policies).all();
  expect(all).toHaveLength(640);
  const blocked = all.filter(({ slice }) => slice.blockers.length > 0).map(({ slice }) => slice.action.name);
  expect(blocked).toEqual(["T5___t5"]);
});
