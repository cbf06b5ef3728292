import { afterEach, beforeEach, expect, test } from "vitest";
import { type TestFolder, testFolder } from "./testing.ts";

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
});
afterEach(() => folder.remove());

const untidy = `// Who may.\n@id("a") permit(principal,action,resource) when{context.input.a<5&&true}; // so far\nforbid(principal,action,resource);`;
const tidy = `// Who may.
@id("a")
permit (principal, action, resource)
when { context.input.a < 5 && true }; // so far

forbid (principal, action, resource);
`;

test("Cedar files are formatted in place, comments and all, once", async () => {
  await folder.write({ "a.cedar": untidy, "b.cedar": tidy });
  expect(await folder.run("format", ".")).toEqual({ status: 0, stdout: "a.cedar formatted\n", stderr: "" });
  expect(await folder.read("a.cedar")).toBe(tidy);
  expect(await folder.run("format", "a.cedar", "b.cedar")).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("--check changes nothing and finds what is not formatted", async () => {
  await folder.write({ "a.cedar": untidy, "b.cedar": tidy });
  const { status, stdout } = await folder.run("format", "--check", "a.cedar", "b.cedar");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "a.cedar is not formatted\n" });
  expect(await folder.read("a.cedar")).toBe(untidy);
  expect(await folder.run("format", "--check", "b.cedar")).toMatchObject({ status: 0, stdout: "" });
});

test("references to a gateway stay as they are", async () => {
  const text = `permit (\n  principal,\n  action,\n  resource == AgentCore::Gateway::"\${gateway.insurance.arn}"\n);\n`;
  await folder.write({ "a.cedar": text });
  expect((await folder.run("format", "a.cedar")).status).toBe(0);
  expect(await folder.read("a.cedar")).toContain(`"\${gateway.insurance.arn}"`);
});

test("what can't be read is found, with its place, and left as it is; the others are formatted", async () => {
  const deep = `permit(principal, action, resource) when { ${"(".repeat(200)}true${")".repeat(200)} };`;
  await folder.write({ "bad.cedar": "permit(principal,\naction resource);", "deep.cedar": deep, "good.cedar": untidy });
  const { status, stdout } = await folder.run("format", "bad.cedar", "deep.cedar", "good.cedar");
  expect(status).toBe(1);
  expect(stdout).toMatch(/^bad.cedar:2:8: .*unexpected token `resource`/m);
  expect(stdout).toMatch(/^deep.cedar:1:1: a policy is nested too deeply/m);
  expect(stdout).toMatch(/^good.cedar formatted$/m);
  expect(await folder.read("bad.cedar")).toBe("permit(principal,\naction resource);");
});

test.each([
  ["nothing to format", ["format"], /^Name what is to be formatted/],
  ["a document", ["format", "a.yaml"], /^a.yaml isn't a .cedar file/],
  ["no such file", ["format", "nope.cedar"], /^There is no file nope.cedar\.$/],
  ["a folder without policies", ["format", "."], /^There is no .cedar file in \.\.$/],
  ["text that is none", ["format", "latin1.cedar"], /^latin1.cedar isn't UTF-8 text\.$/],
])("%s is wrong usage", async (_, args, message) => {
  await folder.write({ "a.yaml": "a: 1" });
  if (args[1] === "latin1.cedar") await folder.write({ "latin1.cedar": Buffer.from([0xe9]) });
  const { status, stdout, stderr } = await folder.run(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr.trim()).toMatch(message);
});
