import { defineConfig } from "vitest/config";

const report = process.env.GATEHOUSE_TEST_REPORT;

export default defineConfig({
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "examples/**/*.test.ts",
      "test/**/*.test.ts",
      "scripts/**/*.test.ts",
      "bench/**/*.test.ts",
    ],
    // Files run side by side in processes of their own: each brings up its own ports and data.
    pool: "forks",
    // Left to itself, vitest keeps one core idle: of two, that is half.
    maxWorkers: "100%",
    // Long enough for a machine that is busy with something else: what hangs, hangs for ever.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
  },
});
