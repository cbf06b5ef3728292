import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeReferences, gatewayReference, lookUp, replaceReferences, withStandIns } from "./references.ts";
import { nothing } from "./testing.ts";

const none = () => {
  throw new Error("There is no reference.");
};

test("text whose references are escaped means itself, whatever it is", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[${}a. ]*$/), (text) => {
      expect(replaceReferences(escapeReferences(text), true, none, none)).toBe(text);
    }),
  );
});

test("a replacement isn't read again", () => {
  const replace = () => ({ text: `$& \${region}` });
  expect(replaceReferences(`a \${region} b`, true, replace, none)).toBe(`a $& \${region} b`);
});

test("a reference without an end is a problem, and an escaped one stays for the last time", () => {
  const problems: string[] = [];
  replaceReferences(`\${region`, true, none, (problem) => problems.push(problem));
  expect(problems).toHaveLength(1);
  expect(replaceReferences(`$\${region}`, false, none, none)).toBe(`$\${region}`);
});

test("what isn't created yet has a stand-in of the same form, and what is there keeps its own", () => {
  const address = { id: "old-abcdefghij", arn: "arn:aws:x:us-east-1:111111111111:gateway/old", url: "http://old" };
  const known = withStandIns({ region: "eu-west-1", account: "111111111111", gateways: new Map([["old", address]]) }, [
    "old",
    "New-",
  ]);
  expect(lookUp("gateway.old.url", known)).toBe("http://old");
  expect(lookUp("gateway.New-.arn", known)).toBe(
    "arn:aws:bedrock-agentcore:eu-west-1:111111111111:gateway/new-0000000000",
  );
  expect(lookUp("account", nothing)).toBeUndefined();
});

test.each(["gateway.a", "gateway.a.name", "gateway..arn", "gateways.a.arn", "env:A"])(
  "%s is no reference to a gateway",
  (reference) => {
    expect(gatewayReference(reference)).toBeUndefined();
  },
);
