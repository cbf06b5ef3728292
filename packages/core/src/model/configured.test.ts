import { expect, test } from "vitest";
import { modelFrom } from "./configured.ts";

test("no configuration is no model", () => {
  expect(modelFrom({ bedrockModelId: undefined })).toBeUndefined();
});

test("a model of Bedrock, or one at an address", () => {
  expect(modelFrom({ bedrockModelId: "maker.small-v1:0" })?.modelId).toBe("maker.small-v1:0");
  expect(modelFrom({ modelUrl: "http://127.0.0.1:11434/v1", modelId: "small" })?.modelId).toBe("small");
});

test.for([
  [{ bedrockModelId: "a", modelUrl: "http://127.0.0.1" }, /Two models/],
  [{ modelUrl: "http://127.0.0.1" }, /both the address and the model's name/],
  [{ modelId: "small" }, /both/],
  [{ apiKey: "k" }, /both/],
] as const)("%j is refused", ([configuration, reason]) => {
  expect(() => modelFrom(configuration)).toThrow(reason);
});
