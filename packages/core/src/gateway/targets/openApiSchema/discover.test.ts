import { describe, expect, test } from "vitest";
import { compileArgumentsCheck } from "../../../arguments.ts";
import type { Json, JsonObject } from "../../../json.ts";
import { compileJsonSchema } from "../../../jsonSchema.ts";
import { TargetError } from "../target.ts";
import { readDocument } from "./document.ts";
import { describing, discovered, onlyTool } from "./testing.ts";

const json = (schema: Json): JsonObject => ({ content: { "application/json": { schema } } });
const query = (name: string, schema: Json, rest: JsonObject = {}) => ({ name, in: "query", schema, ...rest });

describe("names, descriptions and annotations", () => {
  test("come from operationId, summary, description and method", async () => {
    const { tool } = await onlyTool(describing({ summary: "Makes", description: "Makes a thing." }));
    expect(tool).toMatchObject({ name: "make", title: "Makes", description: "Makes\n\nMakes a thing." });
    expect((await onlyTool(describing({}))).tool.description).toBe("POST /things");
    const { tools } = await discovered({
      ...describing({}),
      paths: { "/a": { get: { operationId: "r" }, put: { operationId: "u" }, delete: { operationId: "d" } } },
    });
    expect(tools.map(({ name, annotations }) => [name, annotations])).toEqual([
      ["r", { readOnlyHint: true }],
      ["u", { idempotentHint: true }],
      ["d", { destructiveHint: true, idempotentHint: true }],
    ]);
  });

  test("T12 an operationId that can't be a tool's name becomes one, and long ones stay different", async () => {
    const name = async (operationId: string) => (await onlyTool(describing({ operationId }))).tool.name;
    expect(await name("Make a\u200bthing")).toBe("Make_a_thing");
    const [one, other] = await Promise.all([name(`${"x".repeat(70)}1`), name(`${"x".repeat(70)}2`)]);
    expect([one.length, other.length, one === other]).toEqual([64, 64, false]);
  });

  test("two operations of one name are one tool and a warning", async () => {
    const { tools, warnings } = await discovered({
      ...describing({}),
      paths: { "/a": { get: { operationId: "x" } }, "/b": { get: { operationId: "x" } } },
    });
    expect([tools.length, warnings]).toEqual([1, ["GET /b (x) is no tool: another operation is named x already."]]);
  });
});

describe("parameters", () => {
  test("of operation and path, by reference, with names that models take", async () => {
    const description = describing(
      {
        parameters: [
          { $ref: "#/components/parameters/Page" },
          query("filter[state]", { type: "string" }, { description: "Only these" }),
          { name: "id", in: "header", required: true, schema: { type: "string" } },
          { name: "Authorization", in: "header", schema: { type: "string" } },
          { name: "where", in: "query", content: { "application/json": { schema: { type: "object" } } } },
        ],
      },
      { components: { parameters: { Page: query("page", { type: "integer" }, { style: "form", explode: false }) } } },
      "/things/{id}",
    );
    const paths = description.paths as Record<string, JsonObject>;
    const item = paths["/things/{id}"] as JsonObject;
    item.parameters = [
      { name: "id", in: "path", required: true, schema: { type: "string" } },
      query("page", { type: "string" }),
    ];
    const { tool, http } = await onlyTool(description);
    expect(tool.inputSchema).toEqual({
      type: "object",
      properties: {
        id: { type: "string" },
        page: { type: "integer" },
        filter_state: { type: "string", description: "Only these" },
        header_id: { type: "string" },
        where: { type: "object" },
      },
      required: ["id", "header_id"],
      additionalProperties: false,
    });
    expect(http.parameters).toEqual([
      { argument: "id", name: "id", in: "path", style: "simple", explode: false },
      { argument: "page", name: "page", in: "query", style: "form", explode: false },
      { argument: "filter_state", name: "filter[state]", in: "query", style: "form", explode: true },
      { argument: "header_id", name: "id", in: "header", style: "simple", explode: false },
      { argument: "where", name: "where", in: "query", style: "form", explode: true, json: true },
    ]);
  });

  test("T08 headers whose names differ only in case are one argument", async () => {
    const header = (name: string) => ({ name, in: "header", schema: { type: "string" } });
    const { http } = await onlyTool(describing({ parameters: [header("X-Admin"), header("x-admin")] }));
    expect(http.parameters.map(({ name }) => name)).toEqual(["x-admin"]);
  });

  test("what signs a request is no argument", async () => {
    const header = (name: string) => ({ name, in: "header", schema: { type: "string" } });
    const { http } = await onlyTool(describing({ parameters: [header("X-Amz-Date"), header("x-amz-content-sha256")] }));
    expect(http.parameters).toEqual([]);
  });

  test.each<[string, JsonObject, RegExp]>([
    ["a path parameter that nobody describes", describing({}, {}, "/things/{id}"), /\{id\}, which no parameter/],
    [
      "a parameter without a schema",
      describing({ parameters: [{ name: "q", in: "query" }] }),
      /parameter 1 \(q\) is not/,
    ],
    ["a parameter nowhere", describing({ parameters: [{ name: "q", in: "body", schema: {} }] }), /\(q\).*in must be/],
    [
      "a header that frames the request",
      describing({ parameters: [{ name: "Content-Length", in: "header", required: true, schema: {} }] }),
      /header "Content-Length" can't be set/,
    ],
    ["a reference elsewhere", describing({ parameters: [{ $ref: "https://evil.example/p.json" }] }), /leads outside/],
    ["a reference to a file", describing({ parameters: [query("q", { $ref: "./q.json" })] }), /"\.\/q\.json"/],
    ["a reference to nothing", describing({ parameters: [{ $ref: "#/components/parameters/No" }] }), /leads nowhere/],
    [
      "references in a circle",
      describing(
        { parameters: [{ $ref: "#/components/parameters/A" }] },
        { components: { parameters: { A: { $ref: "#/components/parameters/A" } } } },
      ),
      /in a circle/,
    ],
    ["no operationId", describing({ operationId: null }), /no operationId/],
    ["a type that isn't one", describing({ parameters: [query("q", { type: "quark" })] }), /schema that can't be used/],
    ["a query in its path", describing({}, {}, "/things?all=1"), /query or a fragment/],
    ["an argument that reaches prototypes", describing({ parameters: [query("constructor", {})] }), /"constructor"/],
  ])("T11 an operation with %s is no tool, and the reason names it and the place", async (_, description, reason) => {
    await expect(discovered(description)).rejects.toThrow(TargetError);
    await expect(discovered(description)).rejects.toThrow(reason);
    const paths = description.paths as JsonObject;
    const { tools, warnings } = await discovered({
      ...description,
      paths: { ...paths, "/other": { get: { operationId: "other" } } },
    });
    expect(tools.map(({ name }) => name)).toEqual(["other"]);
    expect(warnings?.[0]).toMatch(/^POST \/things\S*( \(make\))? is no tool: /);
  });
});

describe("bodies", () => {
  const schema = { type: "object", properties: { a: { type: "string" }, b: { type: "integer" } }, required: ["a"] };

  test("an object's properties are arguments, of a required body the required ones", async () => {
    const { tool, http } = await onlyTool(describing({ requestBody: { required: true, ...json(schema) } }));
    expect(tool.inputSchema).toMatchObject({ properties: schema.properties, required: ["a"] });
    expect(http.body).toEqual({
      contentType: "application/json",
      encoding: "json",
      required: true,
      properties: ["a", "b"],
    });
    const optional = await onlyTool(describing({ requestBody: json(schema) }));
    expect(optional.tool.inputSchema.required).toBeUndefined();
  });

  test.each<[string, Json, JsonObject[]?]>([
    ["a list", { type: "array", items: { type: "string" } }],
    ["an object that may have other properties", { ...schema, additionalProperties: true }],
    ["one of several", { oneOf: [schema, { type: "string" }] }],
    ["an object with a property like a parameter", schema, [query("a", { type: "string" })]],
  ])("%s is one argument", async (_, of, parameters = []) => {
    const { tool, http } = await onlyTool(describing({ parameters, requestBody: { required: true, ...json(of) } }));
    expect(tool.inputSchema).toMatchObject({ required: ["body"] });
    expect(http.body).toMatchObject({ argument: "body" });
  });

  test("forms say how their properties are written; files are base64", async () => {
    const file = { type: "string", format: "binary", description: "A scan" };
    const form = {
      "multipart/form-data": {
        schema: { type: "object", properties: { file, meta: { type: "object" } } },
        encoding: { file: { contentType: "image/png, image/jpeg" } },
      },
    };
    const { tool, http } = await onlyTool({
      ...describing({ requestBody: { content: form }, responses: { 200: { description: "" } } }),
      openapi: "3.0.3",
    });
    expect(tool.inputSchema.properties).toMatchObject({
      file: { type: "string", contentEncoding: "base64", description: "A scan (base64)" },
      meta: { type: "object" },
    });
    expect(http.body).toMatchObject({
      encoding: "multipart",
      parts: { file: { binary: true, contentType: "image/png" } },
    });
  });

  test.each([
    ["text/plain", "text", { type: "string" }],
    ["application/pdf", "binary", { type: "string", contentEncoding: "base64" }],
    ["application/vnd.things+json", "json", {}],
  ])("%s", async (type, encoding, of) => {
    const { tool, http } = await onlyTool(describing({ requestBody: { content: { [type]: {} } } }));
    expect(http.body).toMatchObject({ contentType: type, encoding, argument: "body" });
    expect(tool.inputSchema).toMatchObject({ properties: { body: of } });
  });
});

describe("schemas", () => {
  const check = async (schema: Json, rest: JsonObject = {}) => {
    const { tool } = await onlyTool(describing({ parameters: [query("q", schema)] }, rest));
    return compileArgumentsCheck(tool.inputSchema);
  };

  test("of 3.0 mean what they mean there", async () => {
    const schema = { type: "integer", nullable: true, minimum: 1, exclusiveMinimum: true };
    const refuses = await check(schema, { openapi: "3.0.2" });
    expect([null, 2].map((q) => refuses({ q }))).toEqual([undefined, undefined]);
    expect([1, "2"].map((q) => typeof refuses({ q }))).toEqual(["string", "string"]);
  });

  test("T11 that refer to themselves are as large as they are", async () => {
    const Tree = {
      type: "object",
      properties: {
        value: { type: "string" },
        children: { type: "array", items: { $ref: "#/components/schemas/Tree" } },
      },
      discriminator: { propertyName: "value" },
      "x-internal": true,
    };
    const components = { schemas: { Tree } };
    const description = describing(
      { requestBody: { required: true, ...json({ $ref: "#/components/schemas/Tree" }) } },
      { components },
    );
    const { tool } = await onlyTool(description);
    expect(JSON.stringify(tool.inputSchema).length).toBeLessThan(600);
    expect(JSON.stringify(tool.inputSchema)).not.toMatch(/discriminator|x-internal/);
    const refuses = compileArgumentsCheck(tool.inputSchema);
    expect(refuses({ value: "a", children: [{ children: [{ value: "b" }] }] })).toBeUndefined();
    expect(refuses({ value: "a", children: [{ children: [{ value: 1 }] }] })).toMatch(/children/);
  });

  test("T11 that are too large are left open where they are deep, and a warning says so", async () => {
    const schemas = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [
        `S${index}`,
        {
          type: "object",
          description: "x".repeat(500),
          properties: { next: { $ref: `#/components/schemas/S${(index + 1) % 200}` }, value: { type: "integer" } },
        },
      ]),
    );
    const requestBody = { required: true, ...json({ $ref: "#/components/schemas/S0" }) };
    const { tool, warnings } = await onlyTool(describing({ requestBody }, { components: { schemas } }));
    expect(JSON.stringify(tool.inputSchema).length).toBeLessThan(40_000);
    expect(warnings).toEqual(["POST /things (make): its input schema is large, and left open where it is deep."]);
    const refuses = compileArgumentsCheck(tool.inputSchema);
    expect(refuses({ next: { value: "not a number" } })).toMatch(/value/);
  });

  test("keep properties that are named like keywords, and lose what only an API sets", async () => {
    const schema = {
      type: "object",
      properties: {
        discriminator: { type: "string" },
        "x-note": { type: "string" },
        id: { type: "string", readOnly: true },
      },
      required: ["id", "discriminator"],
    };
    const { tool } = await onlyTool(describing({ parameters: [query("q", schema)] }));
    const { q } = tool.inputSchema.properties as JsonObject;
    expect(q).toEqual({
      type: "object",
      properties: { discriminator: { type: "string" }, "x-note": { type: "string" } },
      required: ["discriminator"],
    });
  });

  test("T10 can't make the gateway expect headers, nor fetch anything", async () => {
    const { tool } = await onlyTool(
      describing({
        parameters: [
          query("q", { type: "string", "x-mcp-header": "Admin", $id: "https://evil.example/s", $async: true }),
        ],
      }),
    );
    expect(tool.inputSchema.properties).toEqual({ q: { type: "string" } });
  });

  test("lose a pattern that isn't one here", async () => {
    expect((await check({ type: "string", pattern: "(?i)a++" }))({ q: "x" })).toBeUndefined();
    expect((await check({ type: "string", pattern: "^a" }))({ q: "x" })).toMatch(/pattern/);
  });
});

describe("answers", () => {
  const object = { type: "object", properties: { a: { type: "string" }, secret: { type: "string", writeOnly: true } } };
  const outputOf = async (responses: JsonObject, rest: JsonObject = {}) =>
    (await onlyTool(describing({ responses }, rest))).tool.outputSchema;

  test("a JSON object is promised, by reference as well", async () => {
    const answer = { description: "", ...json({ $ref: "#/components/schemas/Thing" }) };
    const output = await outputOf(
      { 200: answer, 404: { description: "" } },
      { components: { schemas: { Thing: object } } },
    );
    expect(output).toMatchObject({ type: "object" });
    expect(() => compileJsonSchema(output ?? {})).not.toThrow();
    expect(JSON.stringify(output)).not.toContain("secret");
  });

  test.each<[string, JsonObject]>([
    ["a list", { 200: { description: "", ...json({ type: "array" }) } }],
    ["nothing, sometimes", { 200: { description: "", ...json(object) }, 204: { description: "" } }],
    ["text", { 200: { description: "", content: { "text/plain": {} } } }],
    ["a reference elsewhere", { 200: { description: "", ...json({ $ref: "https://evil.example/s.json" }) } }],
  ])("%s is not", async (_, responses) => {
    expect(await outputOf(responses)).toBeUndefined();
  });

  test("Accept names what a success is", async () => {
    const responses = { 200: { description: "", content: { "application/pdf": {}, "image/png": {} } } };
    expect((await onlyTool(describing({ responses }))).http.accept).toBe("application/pdf, image/png");
    expect((await onlyTool(describing({}))).http.accept).toBe("*/*");
  });
});

describe("servers", () => {
  const serverOf = async (servers: Json) => (await onlyTool(describing({}, { servers }))).http.server;

  test("the first that can be used, with the values that the description gives its variables", async () => {
    const url = "https://{region}.things.example/{stage}/";
    const variables = { region: { default: "eu", enum: ["eu", "us"] }, stage: { default: "v2" } };
    expect(await serverOf([{ url: "http://things.example" }, { url, variables }])).toBe("https://eu.things.example/v2");
  });

  test.each([
    ["none", []],
    ["one without an address of its own", [{ url: "/v1" }]],
    ["one in the open", [{ url: "http://things.example" }]],
    ["one on this machine", [{ url: "https://localhost/" }]],
    ["one with a variable that says nothing", [{ url: "https://{host}/" }]],
    ["one with a password", [{ url: "https://a:b@things.example/" }]],
    ["one with a query", [{ url: "https://things.example/?a=1" }]],
  ])("T06 %s is none", async (_, servers) => {
    await expect(serverOf(servers as Json)).rejects.toThrow(/server/);
  });
});

describe("descriptions as a whole", () => {
  test.each([
    ["not a description", "[]", /not an object/],
    ["of another version", '{"openapi": "3.2.0", "paths": {}}', /3\.0 or 3\.1, not "3\.2\.0"/],
    ["without a version", "{}", /has no "openapi"/],
    ["without paths", '{"openapi": "3.1.0", "paths": {}}', /has no paths/],
    ["with a key that reaches prototypes", '{"openapi": "3.1.0", "paths": {"/a": {"__proto__": {}}}}', /__proto__/],
    ["too deep", `{"openapi": "3.1.0", "paths": {"/a": ${"[".repeat(300)}${"]".repeat(300)}}}`, /deeper than 200/],
    ["neither JSON nor YAML", "openapi: [", /neither JSON nor YAML/],
    [
      "a bomb",
      `a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(",")}]`).join("\n")}\n`,
      /neither JSON nor YAML|too many/,
    ],
    ["too large", `"${"x".repeat(10_000_001)}"`, /larger than 10 MB/],
  ])("T11 %s are refused", async (_, text, reason) => {
    await expect(readDocument(text)).rejects.toThrow(TargetError);
    await expect(readDocument(text)).rejects.toThrow(reason);
  });

  test("YAML is read like JSON: with numbers for statuses, dates, and aliases", async () => {
    const document = await readDocument(`
openapi: 3.1.0
info: {title: T, version: 2026-01-01}
x-shared: &answer {description: fine}
paths:
  /a:
    get: {operationId: a, responses: {200: *answer, 201: *answer}}
`);
    expect(document.paths).toEqual({
      "/a": { get: { operationId: "a", responses: { 200: { description: "fine" }, 201: { description: "fine" } } } },
    });
  });
});
